// Conv and pool layers of a trace: each channel a square, in the colour of its mean output or of its gradient.
import type { Trace } from "../api/shapes";
import { formatCount } from "../shell/format";
import { GradientTable } from "./gradientTable";
import { NumberStrip } from "./numberStrip";

type ImageLayer = Trace["image_layers"][number];

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
          <NumberStrip values={isBackward ? layer.da : layer.a} name={nameImageLayer(layer)} what={isBackward ? "gradient" : "mean output"} />
        </li>
      ))}
    </ol>
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
      <GradientTable
        heading="Convolution"
        label="Gradients of the filters"
        learningRate={trace.update.learning_rate}
        layers={convolutions.map((layer) => ({
          name: `layer ${layer.layer}`,
          detail: `${formatCount(layer.channels)} filters`,
          gradient: norm(layer.dw_norms),
          weights: norm(layer.weight_norms),
        }))}
      />
    </>
  );
}

const norm = (values: (number | null)[] | null): number => Math.hypot(...(values ?? []).map((value) => value ?? 0));

const nameImageLayer = ({ layer, type }: ImageLayer): string => (type === "conv" ? `Layer ${layer}, convolution` : "Pooling");
