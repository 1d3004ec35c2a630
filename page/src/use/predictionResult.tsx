// Prediction for a row: a number, or the probability of each class.
import type { Model, PredictionResponse } from "../api/shapes";
import { formatNumber, formatPercent, shorten } from "../shell/format";

const MAX_CLASSES_SHOWN = 8;
const MAX_LARGE_LABEL = 40;

export function PredictionResult({ model, prediction }: { model: Model; prediction: PredictionResponse }) {
  const first = prediction.predictions[0];
  const classes = Object.entries(first?.probabilities ?? {}).toSorted((a, b) => b[1] - a[1]);
  return (
    <section class="card result" aria-labelledby="result">
      <h2 id="result">
        <bdi>{shorten(model.target, 60)}</bdi>
      </h2>
      <output class={`predicted ${(first?.label?.length ?? 0) > MAX_LARGE_LABEL ? "long" : ""}`}>{first?.label ?? formatNumber(first?.value, 5)}</output>
      {classes.length > 0 && (
        <ul class="bars">
          {classes.slice(0, MAX_CLASSES_SHOWN).map(([label, probability]) => (
            <li key={label}>
              <span class="value" title={label}>
                {label}
              </span>
              <span class="bar" style={{ width: `${probability * 100}%` }} aria-hidden="true" />
              <span class="muted number">{formatPercent(probability)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
