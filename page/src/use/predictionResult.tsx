// Prediction for a row: a number, several numbers, their quantiles, or the probability of each class.
import { listTargets, nameTargets } from "../api/targets";
import type { Model, Prediction, PredictionResponse } from "../api/shapes";
import { formatNumber, formatPercent, shorten } from "../shell/format";

const MAX_CLASSES_SHOWN = 8;
const MAX_LARGE_LABEL = 40;

export function PredictionResult({ model, prediction }: { model: Model; prediction: PredictionResponse }) {
  const first = prediction.predictions[0];
  const isStrange = prediction.warnings.some(({ code }) => code === "unlike_training");
  const classes = Object.entries(first?.probabilities ?? {}).toSorted((a, b) => b[1] - a[1]);
  return (
    <section class="card result" aria-labelledby="result">
      <h2 id="result">
        <bdi>{shorten(nameTargets(model), 60)}</bdi>
      </h2>
      {!first?.values && (
        <output class={`predicted ${(first?.label?.length ?? 0) > MAX_LARGE_LABEL ? "long" : ""}`}>{first?.label ?? formatNumber(first?.value, 5)}</output>
      )}
      {first?.typicality != null && <Typicality share={first.typicality} isStrange={isStrange} />}
      {first?.values && <Numbers model={model} prediction={first} />}
      {first && !first.values && first.quantiles && <Quantiles quantiles={first.quantiles as Record<string, number>} />}
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

/** How usual the picture is beside those that were held out. */
function Typicality({ share, isStrange }: { share: number; isStrange: boolean }) {
  return isStrange ? (
    <p class="caution" role="status">
      <b>Like nothing that it learned:</b> expect little of this prediction.
    </p>
  ) : (
    <p class="muted">{formatPercent(share)} of held-out pictures are as unusual as this one.</p>
  );
}

/** The quantiles of one target, whose number stands above. */
function Quantiles({ quantiles }: { quantiles: Record<string, number> }) {
  return (
    <table class="quantiles">
      <caption class="visually-hidden">Quantiles</caption>
      <tbody>
        {Object.entries(quantiles).map(([quantile, number]) => (
          <tr key={quantile}>
            <th scope="row">{describeQuantile(quantile)}</th>
            <td class="number">{formatNumber(number, 5)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const describeQuantile = (quantile: string): string => `${formatPercent(Number(quantile))} are below`;

/** The number of each target, and its quantiles. */
function Numbers({ model, prediction }: { model: Model; prediction: Prediction }) {
  const numbers = listTargets(model).map((name) => {
    const quantiles = (prediction.quantiles?.[name] ?? {}) as Record<string, number>;
    return { name, value: prediction.values?.[name], quantiles: Object.entries(quantiles) };
  });
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Predicted numbers">
      <table>
        <thead>
          <tr>
            <th scope="col">Target</th>
            <th scope="col">Value</th>
            {numbers[0]?.quantiles.map(([quantile]) => (
              <th key={quantile} scope="col">
                {describeQuantile(quantile)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {numbers.map(({ name, value, quantiles }) => (
            <tr key={name}>
              <th scope="row">
                <bdi title={name}>{shorten(name)}</bdi>
              </th>
              <td class="number">
                <b>{formatNumber(value, 5)}</b>
              </td>
              {quantiles.map(([quantile, number]) => (
                <td key={quantile} class="number">
                  {formatNumber(number, 5)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
