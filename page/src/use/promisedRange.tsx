// The interval of a number, or the set of classes, that holds what comes true as often as it promises.
import type { Interval, PredictionResponse } from "../api/shapes";
import { formatNumber, formatPercent, formatRows, shorten } from "../shell/format";
import { setQuery } from "../shell/route";
import type { Problem } from "../api/client";

const LEVELS = ["0.5", "0.8", "0.9", "0.95"];
export const DEFAULT_LEVEL = "0.9";
const NONE = "none";

const MAX_CLASSES_SHOWN = 12;

/** The chosen coverage of an address; null: no interval is wanted. */
export const readLevel = (given: string | null): string | null => (given === NONE ? null : LEVELS.includes(given ?? "") ? given : DEFAULT_LEVEL);

interface Props {
  level: string | null;
  answer: PredictionResponse | undefined;
  problem: Problem | undefined;
}

export function PromisedRange({ level, answer, problem }: Props) {
  const first = answer?.predictions[0];
  const isOfClasses = first?.set != null;
  return (
    <section class="card range" aria-labelledby="range">
      <header>
        <h2 id="range">{isOfClasses ? "Which classes it may be" : "How far off it may be"}</h2>
        <label class="choices">
          <span class="muted">Coverage:</span>
          <select value={level ?? NONE} onChange={({ currentTarget: { value } }) => setQuery({ interval: value === DEFAULT_LEVEL ? null : value })}>
            {LEVELS.map((each) => (
              <option key={each} value={each}>
                {formatPercent(Number(each))}
              </option>
            ))}
            <option value={NONE}>not shown</option>
          </select>
        </label>
      </header>
      {level && problem && <p class="muted">{problem.message}</p>}
      {level && !problem && first && (
        <>
          {first.set && <LabelSet labels={first.set} />}
          {first.interval && <Bounds interval={first.interval} />}
          {answer.coverage && (
            <p class={answer.coverage.exchangeable ? "muted" : "caution"}>
              {answer.coverage.exchangeable
                ? `Holds the true value in ${formatPercent(answer.coverage.promised)} of rows like the ${formatRows(answer.coverage.rows)} that it rests on.`
                : answer.coverage.detail}
            </p>
          )}
        </>
      )}
    </section>
  );
}

function LabelSet({ labels }: { labels: string[] }) {
  return (
    <p>
      {labels.slice(0, MAX_CLASSES_SHOWN).map((label) => (
        <span key={label} class="chip" title={label}>
          <bdi>{shorten(label)}</bdi>
        </span>
      ))}
      {labels.length > MAX_CLASSES_SHOWN && <span class="muted"> and {labels.length - MAX_CLASSES_SHOWN} more</span>}
    </p>
  );
}

/** The bounds of one target, or those of each. */
function Bounds({ interval }: { interval: Interval | Record<string, Interval> }) {
  if (isInterval(interval)) return <p class="bounds">{describe(interval)}</p>;
  return (
    <table class="quantiles">
      <caption class="visually-hidden">Intervals</caption>
      <tbody>
        {Object.entries(interval).map(([name, own]) => (
          <tr key={name}>
            <th scope="row">
              <bdi title={name}>{shorten(name)}</bdi>
            </th>
            <td class="number">{describe(own)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const isInterval = (interval: Interval | Record<string, Interval>): interval is Interval => typeof interval.low === "number";

const describe = ({ low, high }: Interval): string => `${formatNumber(low, 5)} to ${formatNumber(high, 5)}`;
