// Contribution of each input to a prediction, as its difference from that of an average row.
import { Fragment } from "preact";
import type { Explanation } from "../api/shapes";
import { Term } from "../help/term";
import { formatCell, formatNumber, formatPercent, shorten } from "../shell/format";

const MAX_COLUMNS_SHOWN = 10;
const MAX_NAME = 24;
/** How many characters of a text are coloured, and how many more are shown. */
const MAX_TEXT = 5000;
const MAX_REST = 500;

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
        <h2 id="pushes">
          <Term name="attribution">Why this prediction?</Term>
        </h2>
        <span class="muted">
          {explanation.label && "Probability of "}
          {output}: {format(explanation.baseline_output)} for {images.size ? "a plain picture" : "an average row"} → {format(explanation.output)} for this one
          {explanation.label && "; contributions in percentage points (pp)"}
        </span>
      </header>
      <ul>
        {contributions.map(({ column, value, contribution, words }) => (
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
            {words && typeof value === "string" && <ColouredText text={value} words={words} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface TextProps {
  text: string;
  words: NonNullable<Explanation["contributions"][number]["words"]>;
}

/** The text with each word coloured by what it contributes: the more, the stronger. */
function ColouredText({ text, words }: TextProps) {
  const characters = Array.from(text); // places are counted in code points
  const strongest = Math.max(...words.map((word) => Math.abs(word.contribution)), 1e-12);
  const last = Math.min(words.at(-1)?.end ?? 0, MAX_TEXT);
  let at = 0;
  return (
    <p class="coloured-text" dir="auto">
      {words
        .filter((word) => word.end <= last)
        .map(({ start, end, contribution }) => {
          const before = characters.slice(at, start).join("");
          at = end;
          return (
            <Fragment key={start}>
              {before}
              <mark
                class={contribution < 0 ? "down" : "up"}
                style={{ "--strength": `${Math.round((Math.abs(contribution) / strongest) * 100)}%` }}
                title={`${contribution > 0 ? "+" : ""}${formatNumber(contribution, 3)}`}
              >
                {characters.slice(start, end).join("")}
              </mark>
            </Fragment>
          );
        })}
      {characters.slice(at, Math.max(at, last) + MAX_REST).join("")}
      {characters.length > Math.max(at, last) + MAX_REST && " …"}
    </p>
  );
}

function describeValue(value: Explanation["contributions"][number]["value"], isImage: boolean): string {
  return value == null && isImage ? "" : formatCell(value);
}
