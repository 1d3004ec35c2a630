// What a model says about a row: a number in large type, or each class with how likely it is.
import type { Model, PredictionAnswer } from "../api/shapes";
import { figure, percent } from "../shell/figures";

const SHOWN = 8;

export function Result({ model, prediction }: { model: Model; prediction: PredictionAnswer }) {
  const said = prediction.predictions[0];
  const classes = Object.entries(said?.probabilities ?? {}).toSorted((a, b) => b[1] - a[1]);
  return (
    <section class="card result" aria-labelledby="result">
      <h2 id="result">{model.target}</h2>
      <output class="said">{said?.label ?? figure(said?.value, 5)}</output>
      {classes.length > 0 && (
        <ul class="bars">
          {classes.slice(0, SHOWN).map(([label, share]) => (
            <li key={label}>
              <span class="value">{label}</span>
              <span class="bar" style={{ width: `${share * 100}%` }} aria-hidden="true" />
              <span class="soft number">{percent(share, share > 0.995 || share < 0.005 ? 1 : 0)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
