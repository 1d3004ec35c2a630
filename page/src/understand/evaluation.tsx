// How good a model is on rows that it did not learn from.
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Evaluation } from "../api/insight";
import { figure, rows, words } from "../shell/figures";
import { Trouble, Waiting } from "../shell/notice";
import { ask, route } from "../shell/route";
import { ScatterPlot } from "../watch/scatter";
import { Calibration } from "./calibration";
import { Confusion } from "./confusion";
import { Residuals } from "./residuals";
import { Roc } from "./roc";

export function EvaluationView({ model }: { model: string }) {
  const split = route.value.query.get("split") === "test" ? "test" : "validation";
  const { value, problem, again } = useAnswer<Evaluation>(`/v1/models/${part(model)}/evaluation?split=${split}`);
  return (
    <section aria-labelledby="evaluation">
      <header class="heading">
        <h2 id="evaluation">On rows it did not learn from</h2>
        <label class="choices">
          <span class="soft">rows of</span>
          <select value={split} onChange={(event) => ask({ split: event.currentTarget.value })}>
            <option>validation</option>
            <option>test</option>
          </select>
        </label>
      </header>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Waiting what="Fetching how good it is" />}
      {value && (
        <div class="evidences">
          <Scores evaluation={value} />
          {value.labels && value.confusion && <Confusion labels={value.labels} counts={value.confusion} />}
          {value.classes && <Classes classes={value.classes} />}
          {value.calibration && <Calibration calibration={value.calibration} />}
          {value.roc && value.roc.length > 0 && <Roc curves={value.roc} />}
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

function Scores({ evaluation }: { evaluation: Evaluation }) {
  return (
    <section class="card" aria-labelledby="scores">
      <header>
        <h3 id="scores">Scores</h3>
        <span class="soft">{rows(evaluation.rows)}</span>
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col">The net</th>
            <th scope="col">Guessing</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(evaluation.metrics).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{words(name)}</th>
              <td class="number">
                <b>{figure(value)}</b>
              </td>
              <td class="number soft">{figure(evaluation.naive?.[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Classes({ classes }: { classes: NonNullable<Evaluation["classes"]> }) {
  return (
    <section class="card" aria-labelledby="classes">
      <header>
        <h3 id="classes">Class by class</h3>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="classes">
        <table>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" title="How many there are">
                Rows
              </th>
              <th scope="col" title="Of those it named so, how many are">
                Precision
              </th>
              <th scope="col" title="Of those that are, how many it named so">
                Recall
              </th>
              <th scope="col" title="Both in one">
                F1
              </th>
            </tr>
          </thead>
          <tbody>
            {classes.map((one) => (
              <tr key={one.label}>
                <th scope="row">{one.label}</th>
                <td class="number">{one.support}</td>
                <td class="number">{figure(one.precision, 3)}</td>
                <td class="number">{figure(one.recall, 3)}</td>
                <td class="number">{figure(one.f1, 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
