// Hard examples: mistakes on held-out rows, the least confident predictions, and doubtful labels; with their line.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Evaluation, HardExample, Job, List, Model } from "../api/shapes";
import { listTargets } from "../api/targets";
import { formatCount, formatRows } from "../shell/format";
import { Term } from "../help/term";
import { ErrorNotice } from "../shell/notices";
import { setQuery, route } from "../shell/route";
import { ExampleTable } from "./exampleTable";
import type { HeldOutPart } from "./evaluation";

const KINDS = [
  ["worst", "Mistakes", ""],
  ["uncertain", "Least confident", "Held-out rows whose two most probable classes are closest together, right or wrong."],
  ["suspect_label", "Possible labelling errors", "Rows where the net is confident and the label disagrees: check the table."],
] as const;
const MAX_FETCHED = 100;
const MAX_SHOWN = 10;
/** The most cells that are fetched before all rows are asked for: each row comes with those that are most similar. */
const MAX_CELLS = 20_000;

interface Props {
  job: Job;
  model: Model;
  split: HeldOutPart;
  evaluation: Evaluation | undefined;
}

export function HardExamples({ job, model, split, evaluation }: Props) {
  const { query } = route.value;
  const kinds = job.spec.task === "regression" ? KINDS.slice(0, 1) : KINDS;
  const [kind, title, description] = kinds.find(([name]) => name === query.get("examples")) ?? KINDS[0];
  const few = Math.max(Math.floor(MAX_CELLS / Math.max(model.inputs.length, 1)), 2 * MAX_SHOWN);
  const limit = query.has("all") ? MAX_FETCHED : Math.min(few, MAX_FETCHED);
  const splitQuery = kind === "suspect_label" ? "" : `&split=${split}`;
  const path = `/v1/models/${encodeSegment(model.id)}/mistakes?kind=${kind}&limit=${limit}${splitQuery}`;
  const { value, problem, refetch } = useFetch<List<HardExample>>(path);
  const isClassification = job.spec.task === "classification";
  const selected = value && (kind === "worst" && isClassification ? selectMistakes(value.data) : value.data);
  const shown = selected?.slice(0, query.has("all") ? MAX_FETCHED : MAX_SHOWN);
  return (
    <section aria-labelledby="mistakes">
      <header class="heading">
        <h2 id="mistakes">
          <Term name={kind === "suspect_label" ? "label error" : "hard examples"}>{isClassification ? title : "Largest errors"}</Term>
        </h2>
        {kinds.length > 1 && (
          <div class="choices" role="group" aria-label="Which rows">
            {kinds.map(([name, label]) => (
              <button
                key={name}
                class="small"
                aria-pressed={name === kind}
                onClick={() => setQuery({ examples: name === "worst" ? null : name, all: null })}
              >
                {label}
              </button>
            ))}
          </div>
        )}
      </header>
      <p class="muted">{kind === "worst" ? describeWorst(job, selected, evaluation) : description}</p>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {selected?.length === 0 && <p class="muted">None found.</p>}
      {shown && shown.length > 0 && <ExampleTable job={job} examples={shown} label={isClassification ? title : "Largest errors"} />}
      {selected && selected.length > MAX_SHOWN && (
        <button class="small more" onClick={() => setQuery({ all: query.has("all") ? null : "yes" })}>
          {query.has("all") ? "Show fewer" : limit < MAX_FETCHED && value?.has_more ? "Show more" : `Show all ${selected.length}`}
        </button>
      )}
    </section>
  );
}

const isMistake = ({ expected, predicted }: HardExample): boolean => String(expected) !== String(predicted);

/** The rows that were predicted wrongly, or, where there are none, those that were most nearly so. */
function selectMistakes(examples: HardExample[]): HardExample[] {
  const mistakes = examples.filter(isMistake);
  return mistakes.length ? mistakes : examples.slice(0, MAX_SHOWN);
}

function describeWorst(job: Job, shown: HardExample[] | undefined, evaluation: Evaluation | undefined): string {
  if (job.spec.task === "regression") {
    return listTargets(job.spec).length > 1
      ? "Held-out rows that are furthest off over all targets, the furthest first; each with its target that is furthest off."
      : "Held-out rows whose prediction is furthest off, the furthest first.";
  }
  if (!shown || !evaluation) return "";
  const mistakes = countMistakes(evaluation);
  if (mistakes === 0 && shown.length === 0) return `No mistakes on ${formatRows(evaluation.rows)} that were held out.`;
  if (mistakes === 0) return `No mistakes on ${formatCount(evaluation.rows)} held-out rows. The closest calls:`;
  return `${formatCount(mistakes)} of ${formatCount(evaluation.rows)} held-out rows were predicted wrongly; the highest loss first.`;
}

const countMistakes = ({ confusion }: Evaluation): number =>
  (confusion ?? []).reduce((sum, row, i) => sum + row.reduce((count, rows, j) => count + (i === j ? 0 : rows), 0), 0);
