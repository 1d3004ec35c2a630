// Where the net was most surprised: the least expected tokens of held-out text, in their context.
import { encodeSegment } from "../api/client";
import type { Surprises as Found } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { formatCount, formatNumber, formatPercent } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { nameToken, showText } from "../shell/plainText";
import { route, setQuery } from "../shell/route";
import type { HeldOutPart } from "../understand/evaluation";

const MAX_FETCHED = 100;
const MAX_SHOWN = 10;

export function Surprises({ model, split }: { model: string; split: HeldOutPart }) {
  const { value, problem, refetch } = useFetch<Found>(`/v1/models/${encodeSegment(model)}/surprises?split=${split}&limit=${MAX_FETCHED}`);
  const isWhole = route.value.query.has("all");
  const shown = value?.data.slice(0, isWhole ? MAX_FETCHED : MAX_SHOWN) ?? [];
  return (
    <section aria-labelledby="mistakes">
      <header class="heading">
        <h2 id="mistakes">Largest surprises</h2>
      </header>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {value && <p class="muted">Of {formatCount(value.measured)} held-out tokens those that were least expected by the net alone, given the text before them.</p>}
      <ol class="surprises">
        {shown.map(({ token, probability, before, after, expected }, number) => (
          <li key={number} class="card">
            <p class="prose" dir="auto">
              <span class="muted">{showText(before)}</span>
              <mark>{/^\s*$/.test(token) ? nameToken(token) : showText(token)}</mark>
              <span class="muted">{showText(after)}</span>
            </p>
            <p class="muted">
              <code>{nameToken(token)}</code> had {formatPercent(probability, 2)} (a loss of {formatNumber(-Math.log(Math.max(probability, 1e-300)), 3)} nats); expected{" "}
              {expected.map((one, place) => (
                <span key={one.token}>
                  {place > 0 && ", "}
                  <code>{nameToken(one.token)}</code> {formatPercent(one.probability)}
                </span>
              ))}
            </p>
          </li>
        ))}
      </ol>
      {value && value.data.length > MAX_SHOWN && (
        <button class="small more" onClick={() => setQuery({ all: isWhole ? null : "yes" })}>
          {isWhole ? "Show fewer" : `Show all ${value.data.length}`}
        </button>
      )}
    </section>
  );
}
