// Table of rows with their target, prediction and most similar training rows.
import type { Cell, HardExample, Job, Model } from "../api/shapes";
import { formatNumber, formatPercent, shorten } from "../shell/format";
import { Picture, picturePath } from "../shell/picture";
import { hrefFor } from "../shell/route";
import { listTargets } from "../api/targets";

/** The most columns of a row in the table. */
const MAX_COLUMNS = 40;
const THUMBNAIL_SIZE = 96;

interface Props {
  job: Job;
  model: Model;
  examples: HardExample[];
  label: string;
}

export function ExampleTable({ job, model, examples, label }: Props) {
  const columns = Object.keys(examples[0]?.given ?? {}).filter((name) => !listTargets(job.spec).includes(name));
  const shown = columns.slice(0, MAX_COLUMNS);
  const hasTarget = examples.some((example) => example.target != null);
  const images = new Set(model.inputs.filter(({ type }) => type === "image").map(({ name }) => name));
  const [image] = images;
  const hasConfidence = examples.some((example) => example.confidence !== null);
  return (
    <div class="scroll card" tabIndex={0} role="region" aria-label={`${label}, row by row`}>
      <table class="mistakes">
        <thead>
          <tr>
            <th scope="col">Line</th>
            {hasTarget && <th scope="col">Target</th>}
            <th scope="col">Actual</th>
            <th scope="col">Predicted</th>
            {hasConfidence && <th scope="col">Confidence</th>}
            <th scope="col">
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
          </tr>
        </thead>
        <tbody>
          {examples.map((example) => (
            <tr key={`${example.split} ${example.row}`}>
              <td class="number">{example.line ?? "–"}</td>
              {hasTarget && (
                <td>
                  <CellText value={example.target} />
                </td>
              )}
              <td>
                <CellText value={example.expected} isStrong />
              </td>
              <td class={String(example.expected) === String(example.predicted) || !hasConfidence ? "" : "caution"}>
                <CellText value={example.predicted} />
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
                  {images.has(name) && example.given[name] != null ? (
                    <Picture
                      path={picturePath(job.spec.dataset_id, example.row - 1, name, THUMBNAIL_SIZE)}
                      alt={String(example.given[name])}
                    />
                  ) : (
                    <CellText value={example.given[name]} />
                  )}
                </td>
              ))}
              {columns.length > MAX_COLUMNS && <td />}
              <td>
                {image === undefined
                  ? example.nearest.map(({ expected, line }) => `${shorten(formatCell(expected))} (line ${line})`).join(", ")
                  : example.nearest.map(({ expected, row }) => (
                      <Picture
                        key={row}
                        path={picturePath(job.spec.dataset_id, row - 1, image, THUMBNAIL_SIZE)}
                        alt={`${shorten(formatCell(expected))}, row ${row}`}
                      />
                    ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CellText({ value, isStrong = false }: { value: Cell | undefined; isStrong?: boolean }) {
  const text = formatCell(value);
  const shown = <bdi class="clip" title={text}>{text}</bdi>;
  return isStrong ? <b>{shown}</b> : shown;
}

const formatCell = (value: Cell | undefined): string =>
  value == null ? "–" : typeof value === "number" ? formatNumber(value) : String(value);
