// The rows that it got most wrong, was least sure of, or whose label may be the mistake; with their line in the file.
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Mistake } from "../api/insight";
import type { Cell, Job, List, Row } from "../api/shapes";
import { figure, percent } from "../shell/figures";
import { Trouble } from "../shell/notice";
import { ask, route, to } from "../shell/route";

const KINDS = [
  ["worst", "Most wrong", "What it got most wrong of the rows that it did not learn from."],
  ["uncertain", "Least sure", "Where it could not decide."],
  ["suspect_label", "Suspect labels", "Where it is sure and the table says otherwise: look whether the table is right."],
] as const;
const SHOWN = 10;

export function Mistakes({ job, model }: { job: Job; model: string }) {
  const asked = route.value.query.get("mistakes");
  const kinds = job.spec.task === "regression" ? KINDS.slice(0, 1) : KINDS;
  const [kind, , about] = kinds.find(([name]) => name === asked) ?? KINDS[0];
  const { value, problem } = useAnswer<List<Mistake>>(`/v1/models/${part(model)}/mistakes?kind=${kind}&limit=${SHOWN}`);
  return (
    <section aria-labelledby="mistakes">
      <header class="heading">
        <h2 id="mistakes">Where it errs</h2>
        {kinds.length > 1 && (
          <div class="choices" role="group" aria-label="Which rows">
            {kinds.map(([name, title]) => (
              <button
                key={name}
                class="small"
                aria-pressed={name === kind}
                onClick={() => ask({ mistakes: name === "worst" ? null : name })}
              >
                {title}
              </button>
            ))}
          </div>
        )}
      </header>
      <p class="soft">{about}</p>
      {problem && <Trouble problem={problem} />}
      {value && value.data.length === 0 && <p class="soft">There are none.</p>}
      {value && value.data.length > 0 && <Table job={job} mistakes={value.data} />}
    </section>
  );
}

function Table({ job, mistakes }: { job: Job; mistakes: Mistake[] }) {
  const columns = Object.keys(mistakes[0]?.given ?? {}).filter((name) => name !== job.spec.target);
  const sure = mistakes.some((mistake) => mistake.confidence !== null);
  return (
    <div class="scroll card" tabIndex={0} role="region" aria-labelledby="mistakes">
      <table class="mistakes">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Is</th>
            <th scope="col">It said</th>
            {sure && <th scope="col">Sure</th>}
            <th scope="col">
              <span class="unseen">More</span>
            </th>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">Nearest it learned from</th>
          </tr>
        </thead>
        <tbody>
          {mistakes.map((mistake) => (
            <tr key={`${mistake.split} ${mistake.row}`}>
              <td class="number">{mistake.line ?? "–"}</td>
              <td>
                <b>{cell(mistake.expected)}</b>
              </td>
              <td class={mistake.expected === mistake.predicted ? "" : "odd"}>{cell(mistake.predicted)}</td>
              {sure && <td class="number">{percent(mistake.confidence ?? 0)}</td>}
              <td class="ways">
                <a href={to(["jobs", job.id, "use"], { row: JSON.stringify(inputs(mistake.given, job)) })}>Why?</a>{" "}
                <a href={to(["jobs", job.id, "tour"], { row: JSON.stringify(taught(mistake, job)) })}>Tour</a>
              </td>
              {columns.map((name) => (
                <td key={name}>{cell(mistake.given[name])}</td>
              ))}
              <td>{mistake.nearest.map(({ expected, line }) => `${cell(expected)} (line ${line})`).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const cell = (value: Cell | undefined): string =>
  value == null ? "–" : typeof value === "number" ? figure(value) : String(value);

/** What was given, without the answer. */
function inputs(given: Row, job: Job): Row {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name !== job.spec.target));
}

const taught = (mistake: Mistake, job: Job): Row => ({ ...inputs(mistake.given, job), [job.spec.target]: mistake.expected });
