// Hard examples: held-out rows with the highest loss, the least confidence, or a doubtful label; with their line.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Cell, HardExample, Job, List, Row } from "../api/shapes";
import { formatNumber, formatPercent } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { setQuery, route, hrefFor } from "../shell/route";

const KINDS = [
  ["worst", "Highest loss", "Held-out rows with the highest loss, highest first."],
  ["uncertain", "Least confident", "Rows where the most probable classes are close together."],
  ["suspect_label", "Possible labelling errors", "Rows where the net is confident and the label disagrees: check the table."],
] as const;
const MAX_ROWS_SHOWN = 10;

export function HardExamples({ job, model }: { job: Job; model: string }) {
  const kindParam = route.value.query.get("examples");
  const kinds = job.spec.task === "regression" ? KINDS.slice(0, 1) : KINDS;
  const [kind, title, description] = kinds.find(([name]) => name === kindParam) ?? KINDS[0];
  const { value, problem } = useFetch<List<HardExample>>(`/v1/models/${encodeSegment(model)}/mistakes?kind=${kind}&limit=${MAX_ROWS_SHOWN}`);
  return (
    <section aria-labelledby="mistakes">
      <header class="heading">
        <h2 id="mistakes">{kind === "worst" ? "Highest-loss rows" : title}</h2>
        {kinds.length > 1 && (
          <div class="choices" role="group" aria-label="Which rows">
            {kinds.map(([name, label]) => (
              <button
                key={name}
                class="small"
                aria-pressed={name === kind}
                onClick={() => setQuery({ examples: name === "worst" ? null : name })}
              >
                {label}
              </button>
            ))}
          </div>
        )}
      </header>
      <p class="muted">{description}</p>
      {problem && <ErrorNotice problem={problem} />}
      {value && value.data.length === 0 && <p class="muted">None found.</p>}
      {value && value.data.length > 0 && <ExampleTable job={job} examples={value.data} />}
    </section>
  );
}

function ExampleTable({ job, examples }: { job: Job; examples: HardExample[] }) {
  const columns = Object.keys(examples[0]?.given ?? {}).filter((name) => name !== job.spec.target);
  const hasConfidence = examples.some((example) => example.confidence !== null);
  return (
    <div class="scroll card" tabIndex={0} role="region" aria-labelledby="mistakes">
      <table class="mistakes">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Actual</th>
            <th scope="col">Predicted</th>
            {hasConfidence && <th scope="col">Confidence</th>}
            <th scope="col">
              <span class="visually-hidden">More</span>
            </th>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">Most similar training rows</th>
          </tr>
        </thead>
        <tbody>
          {examples.map((example) => (
            <tr key={`${example.split} ${example.row}`}>
              <td class="number">{example.line ?? "–"}</td>
              <td>
                <b>{formatCell(example.expected)}</b>
              </td>
              <td class={example.expected === example.predicted ? "" : "caution"}>{formatCell(example.predicted)}</td>
              {hasConfidence && <td class="number">{formatPercent(example.confidence ?? 0)}</td>}
              <td class="row-links">
                <a href={hrefFor(["jobs", job.id, "use"], { row: JSON.stringify(withoutTarget(example.given, job)) })}>Why?</a>{" "}
                <a href={hrefFor(["jobs", job.id, "tour"], { row: JSON.stringify(withExpected(example, job)) })}>Training step</a>
              </td>
              {columns.map((name) => (
                <td key={name}>{formatCell(example.given[name])}</td>
              ))}
              <td>{example.nearest.map(({ expected, line }) => `${formatCell(expected)} (line ${line})`).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const formatCell = (value: Cell | undefined): string =>
  value == null ? "–" : typeof value === "number" ? formatNumber(value) : String(value);

/** The inputs of a row, without its target. */
function withoutTarget(given: Row, job: Job): Row {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name !== job.spec.target));
}

const withExpected = (example: HardExample, job: Job): Row => ({ ...withoutTarget(example.given, job), [job.spec.target]: example.expected });
