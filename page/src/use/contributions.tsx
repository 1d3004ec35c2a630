// Contribution of each input to a prediction, as its difference from that of an average row.
import type { Explanation } from "../api/shapes";
import { formatCell, formatNumber, formatPercent, shorten } from "../shell/format";

const MAX_COLUMNS_SHOWN = 10;
const MAX_NAME = 24;

interface Props {
  explanation: Explanation;
  /** The columns that are pictures, which have no value to show. */
  images: Set<string>;
}

export function Contributions({ explanation, images }: Props) {
  const contributions = explanation.contributions.slice(0, MAX_COLUMNS_SHOWN);
  const strongest = Math.max(...contributions.map((one) => Math.abs(one.contribution)), 1e-12);
  const isOneSided = contributions.length > 0 && new Set(contributions.map((one) => one.contribution < 0)).size === 1;
  const output = <bdi>{shorten(explanation.label ?? explanation.target ?? "")}</bdi>;
  const format = (value: number): string => (explanation.label ? formatPercent(value, 1) : formatNumber(value, 3));
  return (
    <section class="card contributions" aria-labelledby="pushes">
      <header>
        <h2 id="pushes">Why this prediction?</h2>
        <span class="muted">
          {explanation.label && "Probability of "}
          {output}: {format(explanation.baseline_output)} for {images.size ? "a plain picture" : "an average row"} → {format(explanation.output)} for this one
          {explanation.label && "; contributions in percentage points (pp)"}
        </span>
      </header>
      <ul>
        {contributions.map(({ column, value, contribution }) => (
          <li key={column}>
            <span class="value" title={`${column} ${describeValue(value, images.has(column))}`}>
              <bdi>{shorten(column, MAX_NAME)}</bdi> <span class="muted">{describeValue(value, images.has(column))}</span>
            </span>
            <span class={`scale ${isOneSided ? (contributions[0]!.contribution < 0 ? "left" : "right") : ""}`} aria-hidden="true">
              <span
                class={contribution < 0 ? "down" : "up"}
                style={{ width: `${(Math.abs(contribution) / strongest) * (isOneSided ? 100 : 50)}%` }}
              />
            </span>
            <span class="number">
              {contribution > 0 ? "+" : ""}
              {explanation.label ? `${(contribution * 100).toFixed(Math.abs(contribution) < 0.0005 ? 2 : 1)} pp` : formatNumber(contribution, 3)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function describeValue(value: Explanation["contributions"][number]["value"], isImage: boolean): string {
  return value == null && isImage ? "" : formatCell(value);
}
