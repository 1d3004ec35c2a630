// Which inputs pushed a prediction up or down, and how far, from what the model says of an average row.
import type { Explanation, Model } from "../api/shapes";
import { formatNumber } from "../shell/format";

const MAX_COLUMNS_SHOWN = 10;

export function Contributions({ model, explanation }: { model: Model; explanation: Explanation }) {
  const contributions = explanation.contributions.slice(0, MAX_COLUMNS_SHOWN);
  const strongest = Math.max(...contributions.map((push) => Math.abs(push.contribution)), 1e-12);
  const output = explanation.label ? `how likely ${explanation.label} is` : model.target;
  return (
    <section class="card contributions" aria-labelledby="pushes">
      <header>
        <h2 id="pushes">What pushed it</h2>
        <span class="muted">
          {output}: from {formatNumber(explanation.baseline_output, 3)} for an average row to {formatNumber(explanation.output, 3)}
        </span>
      </header>
      <ul>
        {contributions.map(({ column, value, contribution }) => (
          <li key={column}>
            <span class="value">
              {column} <span class="muted">{value == null ? "not known" : String(value)}</span>
            </span>
            <span class="scale" aria-hidden="true">
              <span
                class={contribution < 0 ? "down" : "up"}
                style={{ width: `${(Math.abs(contribution) / strongest) * 50}%` }}
              />
            </span>
            <span class="number">
              {contribution > 0 ? "+" : ""}
              {formatNumber(contribution, 3)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
