// The most probable tokens at a place of a text, beside the one that is there.
import type { Token } from "../api/shapes";
import { formatPercent } from "../shell/format";
import { nameToken } from "../shell/plainText";

export function NextTokens({ token, title = "What might have come here" }: { token: Token; title?: string }) {
  const top = token.top ?? [];
  const isAmong = top.some((one) => one.token === token.token);
  const rows = isAmong || token.log_probability == null ? top : [...top, token];
  const most = Math.max(...rows.map(toProbability), 1e-12);
  const rest = 1 - rows.reduce((sum, one) => sum + toProbability(one), 0);
  return (
    <section class="card next-tokens" aria-labelledby="next-tokens">
      <h2 id="next-tokens">{title}</h2>
      <ul class="bars">
        {rows.map((one) => (
          <li key={one.token} class={one.token === token.token ? "there" : undefined}>
            <bdi class="value">
              <code>{nameToken(one.token)}</code>
              {one.token === token.token && <span class="muted"> is there</span>}
            </bdi>
            <span class="bar" style={{ width: `${(100 * toProbability(one)) / most}%` }} aria-hidden="true" />
            <span class="muted number">{formatPercent(toProbability(one), 1)}</span>
          </li>
        ))}
      </ul>
      {rest > 5e-4 && <p class="muted">All others together: {formatPercent(rest, 1)}. Probabilities are those at temperature 1.</p>}
    </section>
  );
}

const toProbability = ({ log_probability }: Token): number => (log_probability == null ? 0 : Math.exp(log_probability));
