// Evaluation of a model on held-out data.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Evaluation, Job } from "../api/shapes";
import { formatNumber, formatRows, toWords } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { setQuery, route } from "../shell/route";
import { ScatterPlot } from "../watch/scatter";
import { Calibration } from "./calibration";
import { ConfusionMatrix } from "./confusionMatrix";
import { Residuals } from "./residuals";
import { RocCurve } from "./rocCurve";

export function EvaluationView({ job, model }: { job: Job; model: string }) {
  const split = route.value.query.get("split") === "test" ? "test" : "validation";
  const { value, problem, refetch } = useFetch<Evaluation>(`/v1/models/${encodeSegment(model)}/evaluation?split=${split}`);
  return (
    <section aria-labelledby="evaluation">
      <header class="heading">
        <h2 id="evaluation">Results on held-out data</h2>
        <label class="choices">
          <span class="muted">Data:</span>
          <select value={split} onChange={(event) => setQuery({ split: event.currentTarget.value })}>
            <option>validation</option>
            <option>test</option>
          </select>
        </label>
      </header>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {!value && !problem && <Loading />}
      {value && (
        <div class="charts">
          <Scores evaluation={value} linear={split === "validation" ? job.baselines?.linear : undefined} />
          {value.labels && value.confusion && <ConfusionMatrix labels={value.labels} counts={value.confusion} />}
          {value.classes && <ClassScores classes={value.classes} />}
          {value.calibration && <Calibration calibration={value.calibration} />}
          {value.roc && value.roc.length > 0 && <RocCurve curves={value.roc} />}
          {value.scatter && (
            <section class="card" aria-labelledby="against">
              <header>
                <h3 id="against">Predicted against actual</h3>
              </header>
              <ScatterPlot pairs={value.scatter} />
            </section>
          )}
          {value.residuals && <Residuals residuals={value.residuals} />}
        </div>
      )}
    </section>
  );
}

/** The metrics beside those of the baselines; the linear one was measured on the validation rows only. */
function Scores({ evaluation, linear }: { evaluation: Evaluation; linear: NonNullable<Job["baselines"]>["linear"] | undefined }) {
  const isRegression = evaluation.task === "regression";
  return (
    <section class="card" aria-labelledby="scores">
      <header>
        <h3 id="scores">Metrics</h3>
        <span class="muted">{formatRows(evaluation.rows)}</span>
      </header>
      <table class="metrics">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">The net</th>
            <th scope="col">{isRegression ? "Always predicting the mean" : "Always guessing the most common class"}</th>
            {linear && <th scope="col">{isRegression ? "Linear regression" : "Logistic regression"}</th>}
          </tr>
        </thead>
        <tbody>
          {Object.entries(evaluation.metrics).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{toWords(name)}</th>
              <td class="number">
                <b>{formatNumber(value)}</b>
              </td>
              <td class="number muted">{formatNumber(evaluation.naive?.[name])}</td>
              {linear && <td class="number muted">{formatNumber(linear.metrics[name])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ClassScores({ classes }: { classes: NonNullable<Evaluation["classes"]> }) {
  return (
    <section class="card" aria-labelledby="classes">
      <header>
        <h3 id="classes">Per-class results</h3>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="classes">
        <table>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" title="Rows of this class">
                Rows
              </th>
              <th scope="col" title="Of the rows predicted as this class, the share that belong to it">
                Precision
              </th>
              <th scope="col" title="Of the rows of this class, the share predicted as it">
                Recall
              </th>
              <th scope="col" title="Harmonic mean of precision and recall">
                F1
              </th>
            </tr>
          </thead>
          <tbody>
            {classes.map((one) => (
              <tr key={one.label}>
                <th scope="row">{one.label}</th>
                <td class="number">{one.support}</td>
                <td class="number">{formatNumber(one.precision, 3)}</td>
                <td class="number">{formatNumber(one.recall, 3)}</td>
                <td class="number">{formatNumber(one.f1, 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
