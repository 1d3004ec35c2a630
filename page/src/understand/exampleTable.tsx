// Table of rows with their target, prediction and most similar training rows.
import type { Cell, HardExample, Job, Row } from "../api/shapes";
import { formatCell, formatPercent, formatValue, shorten } from "../shell/format";
import { hrefFor } from "../shell/route";
import { RowPicture, usePictureSource } from "../shell/rowPicture";
import { listTargets } from "../api/targets";

/** The most columns of a row in the table. */
const MAX_COLUMNS = 40;
const NONE = "–";

interface Props {
  job: Job;
  examples: HardExample[];
  label: string;
}

export function ExampleTable({ job, examples, label }: Props) {
  const source = usePictureSource(job.spec.dataset_id);
  const given = Object.keys(examples[0]?.given ?? {});
  const drawn = source?.image === undefined ? (source?.pixels?.names ?? []) : [source.image];
  const hidden = new Set([...listTargets(job.spec), ...drawn]);
  const columns = given.filter((name) => !hidden.has(name));
  const shown = columns.slice(0, MAX_COLUMNS);
  const hasTarget = examples.some((example) => example.target != null);
  const nameOf = (example: HardExample): string =>
    source?.image === undefined ? `Row ${example.row}` : String(example.given[source.image] ?? `Row ${example.row}`);
  const isOfFiles = source?.image !== undefined && examples.every(({ line }) => line === null);
  const hasConfidence = examples.some((example) => example.confidence !== null);
  return (
    <div class="scroll card" tabIndex={0} role="region" aria-label={`${label}, row by row`}>
      <table class="mistakes">
        <thead>
          <tr>
            {source && <th scope="col">{source.image ?? "Picture"}</th>}
            {!isOfFiles && <th scope="col">Line</th>}
            {hasTarget && <th scope="col">Target</th>}
            <th scope="col">Actual</th>
            <th scope="col">Predicted</th>
            {hasConfidence && <th scope="col">Confidence</th>}
            <th scope="col" class="row-links">
              <span class="visually-hidden">More</span>
            </th>
            {shown.map((name) => (
              <th key={name} scope="col">
                <bdi class="clip" title={name}>
                  {name}
                </bdi>
              </th>
            ))}
            {columns.length > MAX_COLUMNS && <th scope="col">and {columns.length - MAX_COLUMNS} more columns</th>}
            <th scope="col">Most similar training rows</th>
            {isOfFiles && <th scope="col">File</th>}
          </tr>
        </thead>
        <tbody>
          {examples.map((example) => (
            <tr key={`${example.split} ${example.row}`}>
              {source && (
                <td>
                  <RowPicture source={source} row={example.row} cells={example.given} alt={nameOf(example)} />
                </td>
              )}
              {!isOfFiles && <td class="number">{example.line ?? "–"}</td>}
              {hasTarget && (
                <td>
                  <ClippedText text={formatOutcome(example.target)} />
                </td>
              )}
              <td>
                <b>
                  <ClippedText text={formatOutcome(example.expected)} />
                </b>
              </td>
              <td class={String(example.expected) === String(example.predicted) || !hasConfidence ? "" : "caution"}>
                <ClippedText text={formatOutcome(example.predicted)} />
              </td>
              {hasConfidence && <td class="number">{formatPercent(example.confidence ?? 0)}</td>}
              <td class="row-links">
                <a href={hrefFor(["jobs", job.id, "use"], { from: String(example.row) })}>Why?</a>{" "}
                {!job.unavailable?.trace && (
                  <a href={hrefFor(["jobs", job.id, "tour"], { from: String(example.row) })}>Training step</a>
                )}
              </td>
              {shown.map((name) => (
                <td key={name}>
                  <ClippedText text={example.given[name] == null ? NONE : formatCell(example.given[name])} />
                </td>
              ))}
              {columns.length > MAX_COLUMNS && <td />}
              <td>
                {source
                  ? example.nearest.map((near) => (
                      <figure key={near.row} class="near">
                        <RowPicture source={source} row={near.row} cells={near.given as Row} alt={`Row ${near.row}`} />
                        <figcaption>
                          <bdi>{shorten(formatOutcome(near.expected))}</bdi>
                        </figcaption>
                      </figure>
                    ))
                  : example.nearest.map(({ expected, line }) => `${shorten(formatOutcome(expected))} (line ${line})`).join(", ")}
              </td>
              {isOfFiles && (
                <td>
                  <ClippedText text={nameOf(example)} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ClippedText({ text }: { text: string }) {
  return (
    <bdi class="clip" title={text}>
      {text}
    </bdi>
  );
}

/** What was to be predicted, or was. */
const formatOutcome = (value: Cell | undefined): string =>
  value == null ? NONE : typeof value === "number" ? formatValue(value) : String(value);
