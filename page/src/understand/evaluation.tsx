// Evaluation of a model on held-out data.
import type { FetchState } from "../api/useFetch";
import type { Evaluation, Job, Metrics } from "../api/shapes";
import { formatCount, formatMetric, formatRows, formatShare, toWords } from "../shell/format";
import { Term } from "../help/term";
import { ErrorNotice, Loading } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { usePictureSource } from "../shell/rowPicture";
import { ScatterPlot } from "../watch/scatter";
import { Calibration } from "./calibration";
import { ConfusionMatrix } from "./confusionMatrix";
import { Coverage } from "./coverage";
import { Residuals } from "./residuals";
import { RocCurve } from "./rocCurve";

export type HeldOutPart = "validation" | "test";

/** The parts of the table that the job was not trained on. */
export const heldOutParts = (job: Job): HeldOutPart[] => (job.spec.split.test > 0 || job.spec.split.column ? ["validation", "test"] : ["validation"]);

interface Props {
  job: Job;
  split: HeldOutPart;
  evaluation: FetchState<Evaluation>;
}

export function EvaluationView({ job, split, evaluation: { value, problem, refetch } }: Props) {
  const parts = heldOutParts(job);
  const source = usePictureSource(job.spec.dataset_id);
  const wanted = route.value.query.get("target");
  const chosen = value?.targets?.find(({ target }) => target === wanted) ?? value?.targets?.[0];
  const { scatter, residuals } = chosen ?? value ?? {};
  return (
    <section aria-labelledby="evaluation">
      <header class="heading">
        <h2 id="evaluation">
          Results on <Term name="held-out rows">held-out data</Term>
        </h2>
        {parts.length > 1 && (
          <label class="choices">
            <span class="muted">Data:</span>
            <select value={split} onChange={(event) => setQuery({ split: event.currentTarget.value })}>
              {parts.map((part) => (
                <option key={part}>{part}</option>
              ))}
            </select>
          </label>
        )}
      </header>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {!value && !problem && <Loading />}
      {value && (
        <div class="charts">
          <Scores evaluation={value} baselines={split === "validation" ? job.baselines : undefined} />
          {value.labels && value.confusion && (
            <ConfusionMatrix
              labels={value.labels}
              counts={value.confusion}
              pictures={source && job.model_id ? { job: job.id, model: job.model_id, split, source } : undefined}
            />
          )}
          {value.classes && <ClassScores classes={value.classes} />}
          {value.calibration && <Calibration calibration={value.calibration} />}
          {value.roc && value.roc.length > 0 && <RocCurve curves={value.roc} classes={value.labels?.length ?? value.roc.length} />}
          {value.targets && <TargetChooser targets={value.targets.map(({ target }) => target)} chosen={chosen?.target} />}
          {scatter && (
            <section class="card" aria-labelledby="against">
              <header>
                <h3 id="against">Predicted against actual</h3>
              </header>
              <ScatterPlot pairs={scatter} />
            </section>
          )}
          {residuals && <Residuals residuals={residuals} />}
          {value.coverage && value.coverage.length > 0 && <Coverage coverage={value.coverage} rows={value.rows} isOfClasses={value.labels !== null} />}
        </div>
      )}
    </section>
  );
}

/** Which of several targets the charts are of. */
function TargetChooser({ targets, chosen }: { targets: string[]; chosen: string | undefined }) {
  return (
    <label class="choices">
      <span class="muted">Target:</span>
      <select value={chosen} onChange={(event) => setQuery({ target: event.currentTarget.value })}>
        {targets.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

const BASELINES: Record<string, string> = {
  levels: "Levels of users and items",
  popularity: "Popularity",
  linear_items: "Linear item model",
  token_frequency: "Each token as often as it is there",
  five_gram: "5-gram: what followed the four tokens before",
};

interface Reference {
  title: string;
  metrics: Metrics;
  note?: string | null;
}

/** What the metrics stand beside; the job's baselines were measured on the validation rows only. */
function listReferences({ task, naive, metrics }: Evaluation, baselines: Job["baselines"] | undefined): Reference[] {
  if (task === "recommendation") {
    const isRated = "rmse" in metrics;
    const own = { title: BASELINES[isRated ? "levels" : "popularity"] as string, metrics: naive };
    const other = isRated ? baselines?.naive : baselines?.linear;
    const title = isRated ? "Always predicting the mean" : (BASELINES[other?.name ?? ""] ?? "");
    if (!other) return [own];
    return isRated ? [{ title, metrics: other.metrics }, own] : [own, { title, metrics: other.metrics }];
  }
  if (task === "language") {
    const frequency = { title: BASELINES.token_frequency as string, metrics: naive };
    return baselines?.linear ? [frequency, { title: BASELINES.five_gram as string, metrics: baselines.linear.metrics }] : [frequency];
  }
  const isRegression = task === "regression";
  const guess = { title: isRegression ? "Always predicting the mean" : "Always guessing the most common class", metrics: naive };
  if (!baselines?.linear) return [guess];
  const linear = { title: isRegression ? "Linear regression" : "Logistic regression", metrics: baselines.linear.metrics };
  return baselines.boosted ? [guess, linear, { title: "Gradient-boosted trees", ...baselines.boosted }] : [guess, linear];
}

/** The metrics beside those of the baselines. */
function Scores({ evaluation, baselines }: { evaluation: Evaluation; baselines: Job["baselines"] | undefined }) {
  const references = listReferences(evaluation, baselines);
  return (
    <section class="card" aria-labelledby="scores">
      <header>
        <h3 id="scores">Metrics</h3>
        <span class="muted">
          {evaluation.task === "recommendation" ? `${formatCount(evaluation.rows)} users` : formatRows(evaluation.rows)}
        </span>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-label="Metrics beside baselines">
      <table class="metrics">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">The net</th>
            {references.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(evaluation.metrics).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <Term>{toWords(name)}</Term>
              </th>
              <td class="number">
                <b>{formatMetric(name, value)}</b>
              </td>
              {references.map(({ title, metrics }) => (
                <td key={title} class="number muted">
                  {formatMetric(name, metrics[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      </div>
      {references.map(({ title, note }) => note && <p key={title} class="muted">{`${title}: ${note}`}</p>)}
    </section>
  );
}

function ClassScores({ classes }: { classes: NonNullable<Evaluation["classes"]> }) {
  return (
    <section class="card" aria-labelledby="classes">
      <header>
        <h3 id="classes">Per-class results</h3>
      </header>
      <div class="scroll high" tabIndex={0} role="region" aria-label="Per-class results, class by class">
        <table>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" title="Rows of this class">
                Rows
              </th>
              <th scope="col">
                <Term>Precision</Term>
              </th>
              <th scope="col">
                <Term>Recall</Term>
              </th>
              <th scope="col">
                <Term>F1</Term>
              </th>
            </tr>
          </thead>
          <tbody>
            {classes.map((one) => (
              <tr key={one.label}>
                <th scope="row">
                  <bdi class="clip" title={one.label}>
                    {one.label}
                  </bdi>
                </th>
                <td class="number">{one.support}</td>
                <td class="number">{formatShare(one.precision)}</td>
                <td class="number">{formatShare(one.recall)}</td>
                <td class="number">{formatShare(one.f1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
