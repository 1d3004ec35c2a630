// Prediction for a row: a number, or the probability of each class.
import type { Model, PredictionResponse } from "../api/shapes";
import { formatNumber, formatPercent } from "../shell/format";

const MAX_CLASSES_SHOWN = 8;

export function PredictionResult({ model, prediction }: { model: Model; prediction: PredictionResponse }) {
  const first = prediction.predictions[0];
  const classes = Object.entries(first?.probabilities ?? {}).toSorted((a, b) => b[1] - a[1]);
  return (
    <section class="card result" aria-labelledby="result">
      <h2 id="result">{model.target}</h2>
      <output class="predicted">{first?.label ?? formatNumber(first?.value, 5)}</output>
      {classes.length > 0 && (
        <ul class="bars">
          {classes.slice(0, MAX_CLASSES_SHOWN).map(([label, probability]) => (
            <li key={label}>
              <span class="value">{label}</span>
              <span class="bar" style={{ width: `${probability * 100}%` }} aria-hidden="true" />
              <span class="muted number">{formatPercent(probability)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
