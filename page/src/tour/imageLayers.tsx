// Conv and pool layers of a trace: each channel a square, in the colour of its mean output or of its gradient.
import type { Trace } from "../api/shapes";
import { formatCount, formatNumber } from "../shell/format";

type ImageLayer = Trace["image_layers"][number];

const CHANNELS_PER_LINE = 32;

interface Props {
  trace: Trace;
  /** The picture of the row, a data: address. */
  picture: string | undefined;
  isBackward: boolean;
}

export function ImageLayers({ trace, picture, isBackward }: Props) {
  if (!trace.image_layers.length) return null;
  return (
    <ol class="image-layers" aria-label={isBackward ? "Gradients of the layers that see the picture" : "Outputs of the layers that see the picture"}>
      {picture && (
        <li>
          <img class="pixels" src={picture} alt="The picture of the row" />
        </li>
      )}
      {trace.image_layers.map((layer, place) => (
        <li key={place}>
          <span class="muted">
            {nameImageLayer(layer)} <span class="number">{layer.height} × {layer.width}</span>
          </span>
          <Channels layer={layer} isBackward={isBackward} />
        </li>
      ))}
    </ol>
  );
}

function Channels({ layer, isBackward }: { layer: ImageLayer; isBackward: boolean }) {
  const values = isBackward ? layer.da : layer.a;
  const largest = Math.max(...values.map((value) => Math.abs(value ?? 0)), 1e-30);
  const perLine = Math.min(CHANNELS_PER_LINE, values.length);
  const lines = Math.ceil(values.length / perLine);
  const what = isBackward ? "gradient" : "mean output";
  return (
    <svg
      class="channels"
      viewBox={`0 0 ${CHANNELS_PER_LINE} ${lines}`}
      role="img"
      aria-label={`${nameImageLayer(layer)}: ${formatCount(values.length)} channels, the largest ${what} ${formatNumber(largest, 3)}.`}
    >
      {values.map((value, channel) => (
        <rect
          key={channel}
          class={value == null || value === 0 ? "zero" : value > 0 ? "positive" : "negative"}
          x={(channel % perLine) + 0.08}
          y={Math.floor(channel / perLine) + 0.08}
          width={0.84}
          height={0.84}
          fill-opacity={0.12 + 0.88 * (Math.abs(value ?? 0) / largest)}
        >
          <title>{`channel ${channel + 1}: ${what} ${formatNumber(value, 3)}`}</title>
        </rect>
      ))}
    </svg>
  );
}

/** How far the gradient reaches back into the filters, and how large a step of training is for them. */
export function FilterGradients({ trace }: { trace: Trace }) {
  const convolutions = trace.image_layers.filter(({ type }) => type === "conv");
  if (!convolutions.length) return null;
  return (
    <>
      <p class="muted">
        Through the features the error flows on into the convolutions, where each filter gathers it from all places of the picture.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Gradients of the filters">
        <table class="terms">
          <thead>
            <tr>
              <th scope="col">Convolution</th>
              <th scope="col">gradient norm</th>
              <th scope="col">weight norm</th>
              <th scope="col">step / weights</th>
            </tr>
          </thead>
          <tbody>
            {convolutions.map((layer) => {
              const [gradient, weights] = [norm(layer.dw_norms), norm(layer.weight_norms)];
              return (
                <tr key={layer.layer}>
                  <th scope="row">
                    layer {layer.layer} <span class="muted">{formatCount(layer.channels)} filters</span>
                  </th>
                  <td class="number">{formatNumber(gradient, 3)}</td>
                  <td class="number">{formatNumber(weights, 3)}</td>
                  <td class="number">{weights ? formatNumber((trace.update.learning_rate * gradient) / weights, 3) : "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

const norm = (values: (number | null)[] | null): number => Math.hypot(...(values ?? []).map((value) => value ?? 0));

const nameImageLayer = ({ layer, type }: ImageLayer): string => (type === "conv" ? `Layer ${layer}, convolution` : "Pooling");
