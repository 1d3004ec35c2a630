// Feature maps: a picture as the net sees it, the channels of each conv and pool layer, its dense outputs, its prediction.
import type { FeatureMapsBody } from "../api/shapes";
import { formatCount, formatNumber, formatPercent, shorten } from "../shell/format";

const MAX_CLASSES_SHOWN = 5;

export function FeatureMaps({ maps }: { maps: FeatureMapsBody }) {
  const classes = Object.entries(maps.prediction.probabilities ?? {}).toSorted((a, b) => b[1] - a[1]);
  return (
    <ol class="feature-maps">
      <li>
        <h3>The picture as the net sees it</h3>
        <img class="pixels large" src={maps.picture} alt="The picture, as small as the net sees it" />
      </li>
      {maps.maps.map((layer, place) => (
        <li key={place}>
          <h3>
            {layer.type === "conv" ? `Layer ${layer.layer}: convolution` : "Pooling"}{" "}
            <span class="muted">
              {formatCount(layer.channels)} channels of {layer.height} × {layer.width}
              {layer.shown.length < layer.channels && `, the ${layer.shown.length} that vary most`}
            </span>
          </h3>
          <div class="tile-pictures" role="img" aria-label={describeLayer(layer)}>
            {layer.maps.map((map, place) => (
              <img key={layer.shown[place]} class="pixels" src={map} alt="" title={`channel ${(layer.shown[place] ?? 0) + 1}`} />
            ))}
          </div>
        </li>
      ))}
      {maps.dense.slice(0, -1).map((layer) => (
        <li key={`dense ${layer.layer}`}>
          <h3>
            Layer {layer.layer}: dense{" "}
            <span class="muted">
              {formatCount(layer.units)} neurons{layer.shown.length < layer.units && `, the ${layer.shown.length} largest`}
            </span>
          </h3>
          <Units layer={layer} />
        </li>
      ))}
      <li>
        <h3>Prediction</h3>
        {classes.length ? (
          <ul class="bars">
            {classes.slice(0, MAX_CLASSES_SHOWN).map(([label, probability]) => (
              <li key={label}>
                <span class="value">{shorten(label)}</span>
                <span class="bar" style={{ width: `${probability * 100}%` }} aria-hidden="true" />
                <span class="muted number">{formatPercent(probability)}</span>
              </li>
            ))}
          </ul>
        ) : (
          <b>{maps.prediction.value === undefined ? Object.values(maps.prediction.values ?? {}).map((value) => formatNumber(value)).join(", ") : formatNumber(maps.prediction.value)}</b>
        )}
      </li>
    </ol>
  );
}

/** The outputs of a dense layer as squares, the lighter the larger. */
function Units({ layer }: { layer: FeatureMapsBody["dense"][number] }) {
  const [low, high] = [Math.min(0, ...layer.values), Math.max(...layer.values, 1e-9)];
  const active = layer.values.filter((value) => value > 0).length;
  return (
    <svg
      class="units"
      viewBox={`0 0 ${UNITS_PER_LINE} ${Math.ceil(layer.values.length / UNITS_PER_LINE)}`}
      role="img"
      aria-label={`${active} of the ${layer.values.length} neurons shown have outputs above 0; the largest is ${formatNumber(high, 3)}.`}
    >
      {layer.values.map((value, place) => (
        <rect
          key={layer.shown[place]}
          x={(place % UNITS_PER_LINE) + 0.05}
          y={Math.floor(place / UNITS_PER_LINE) + 0.05}
          width={0.9}
          height={0.9}
          fill={`hsl(0 0% ${(100 * (value - low)) / (high - low)}%)`}
        />
      ))}
    </svg>
  );
}

const UNITS_PER_LINE = 16;

const describeLayer = (layer: FeatureMapsBody["maps"][number]): string =>
  `The output of ${layer.type === "conv" ? `conv layer ${layer.layer}` : "a pool layer"}: ${layer.shown.length} channels, white where it is ${formatNumber(layer.high, 3)}, black where it is ${formatNumber(layer.low, 3)}.`;
