// Metrics of a net with their confidence intervals, beside its baselines, and of each class.
import type { ComponentChildren } from "preact";
import type { Evaluation, Job, Metrics, ScoreComparison } from "../api/shapes";
import { Term } from "../help/term";
import { formatCount, formatMetric, formatRows, formatShare, toWords } from "../shell/format";
import { describeDifference, formatInterval, RESULTS } from "./intervals";

const BASELINES: Record<string, string> = {
  levels: "Levels of users and items",
  popularity: "Popularity",
  linear_items: "Linear item model",
  token_frequency: "Each token as often as it is there",
  five_gram: "5-gram: what followed the four tokens before",
  mean: "Always predicting the mean",
  most_frequent_class: "Always guessing the most common class",
  linear: "Linear regression",
  logistic: "Logistic regression",
  boosted_trees: "Gradient-boosted trees",
};

interface Reference {
  title: string;
  metrics: Metrics;
  comparisons?: Record<string, ScoreComparison>;
  note?: string | null;
}

/** What the metrics stand beside: the baselines on the same rows, or, of older models, those of the job. */
function listReferences({ task, naive, metrics, baselines: own }: Evaluation, baselines: Job["baselines"] | undefined): Reference[] {
  if (own) return own.map(({ name, ...scores }) => ({ title: BASELINES[name] ?? name, ...scores }));
  if (task === "recommendation") {
    const isRated = "rmse" in metrics;
    const guess = { title: BASELINES[isRated ? "levels" : "popularity"] as string, metrics: naive };
    const other = isRated ? baselines?.naive : baselines?.linear;
    const title = isRated ? "Always predicting the mean" : (BASELINES[other?.name ?? ""] ?? "");
    if (!other) return [guess];
    return isRated ? [{ title, metrics: other.metrics }, guess] : [guess, { title, metrics: other.metrics }];
  }
  if (task === "language") {
    const frequency = { title: BASELINES.token_frequency as string, metrics: naive };
    return baselines?.linear ? [frequency, { title: BASELINES.five_gram as string, metrics: baselines.linear.metrics }] : [frequency];
  }
  const isRegression = task === "regression";
  const guess = { title: BASELINES[isRegression ? "mean" : "most_frequent_class"] as string, metrics: naive };
  if (!baselines?.linear) return [guess];
  return [guess, { title: BASELINES[isRegression ? "linear" : "logistic"] as string, metrics: baselines.linear.metrics }];
}

export function Scores({ evaluation, baselines }: { evaluation: Evaluation; baselines: Job["baselines"] | undefined }) {
  const references = listReferences(evaluation, baselines);
  const { intervals } = evaluation;
  return (
    <section class={`card ${intervals ? "wide" : ""}`} aria-labelledby="scores">
      <header>
        <h3 id="scores">Metrics</h3>
        <span class="muted">
          {evaluation.task === "recommendation" ? `${formatCount(evaluation.rows)} users` : formatRows(evaluation.rows)}
          {intervals && (
            <>
              , below each its 95% <Term>confidence interval</Term>
            </>
          )}
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
                  {intervals?.[name] && <small>{formatInterval(name, intervals[name])}</small>}
                </td>
                {references.map(({ title, metrics, comparisons }) => (
                  <td key={title} class="number muted">
                    {formatMetric(name, metrics[name])}
                    {comparisons?.[name] && <ComparisonMark name={name} comparison={comparisons[name]} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {references.map(({ title, note }) => note && <p key={title} class="muted">{`${title}: ${note}`}</p>)}
      {references.some(({ comparisons }) => comparisons) && (
        <p class="muted">
          A tie: the net minus the baseline, row by row, may as well be nothing; its 95% interval holds 0. Below it stands the difference.
        </p>
      )}
    </section>
  );
}

function ComparisonMark({ name, comparison }: { name: string; comparison: ScoreComparison }) {
  return (
    <small>
      <b class={`result ${comparison.result}`}>{RESULTS[comparison.result]}</b> {describeDifference(name, comparison)}
    </small>
  );
}

export function ClassScores({ classes }: { classes: NonNullable<Evaluation["classes"]> }) {
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
              <th scope="col">Rows</th>
              <ScoreHead>Precision</ScoreHead>
              <ScoreHead>Recall</ScoreHead>
              <ScoreHead>F1</ScoreHead>
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
                {(["precision", "recall", "f1"] as const).map((name) => (
                  <td key={name} class="number">
                    {formatShare(one[name])}
                    {one.intervals?.[name] && <small>{formatInterval(name, one.intervals[name])}</small>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function ScoreHead({ children }: { children: ComponentChildren & string }) {
  return (
    <th scope="col">
      <Term>{children}</Term>
    </th>
  );
}
