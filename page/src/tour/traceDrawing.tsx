// Drawing of the traced net: outputs in the forward pass, gradients in backpropagation.
import { useMemo, useRef } from "preact/hooks";
import type { NetWeights, Trace } from "../api/shapes";
import { useWidth } from "../shell/canvas";
import { formatCompact, formatNumber } from "../shell/format";
import { setQuery } from "../shell/route";
import { NetCanvas } from "../watch/netCanvas";
import { layoutNet, type Node } from "../watch/netLayout";
import { ImageLayers } from "./imageLayers";
import { selectNeuron } from "./neuron";

const MAX_UNITS = 18;

interface Props {
  trace: Trace;
  /** The picture of the row, a data: address. */
  picture: string | undefined;
  isBackward: boolean;
  /** Whether a neuron can be chosen. */
  hasChoice: boolean;
}

export function TraceDrawing({ trace, picture, isBackward, hasChoice }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const width = useWidth(container);
  const neuron = selectNeuron(trace);
  const [chosenLayer, chosenUnit] = hasChoice ? [neuron.layer.layer, neuron.unit] : [0, -1];
  const chosen = { layer: chosenLayer, unit: chosenUnit };
  const layout = useMemo(() => layoutNet(toNetWeights(trace, isBackward, chosen), width), [trace, isBackward, width, chosenLayer, chosenUnit]);
  const label = isBackward
    ? "The net, coloured by the gradient of each neuron, flowing back from the output."
    : "The net, coloured by the output of each neuron for this row.";
  return (
    <>
      <ImageLayers trace={trace} picture={picture} isBackward={isBackward} />
      <div ref={container}>
        <NetCanvas
          layout={layout}
          isFlowing={isBackward}
          label={hasChoice ? `${label} Chosen: neuron ${neuron.unit + 1} of layer ${neuron.layer.layer}.` : label}
          {...(hasChoice
            ? {
                isMarked: (node: Node) => node.layer === chosenLayer && node.unit === chosenUnit,
                onSelect: ({ layer, unit }: Node) => layer > 0 && setQuery({ layer: String(layer), neuron: String(unit) }),
              }
            : {})}
        />
      </div>
      <p class="legend muted">
        <span class="key blue">{isBackward ? "positive gradient: more of it, more loss" : "high output, positive weight"}</span>
        <span class="key amber">{isBackward ? "negative gradient: more of it, less loss" : "negative output, negative weight"}</span>
        {!isBackward && <span class="key dead">inactive</span>}
        {hasChoice && <span>ringed: the neuron of this step; choose another by a click</span>}
      </p>
    </>
  );
}

/** The strongest neurons of each layer and the chosen one, with their outputs or gradients in the place of biases. */
function toNetWeights(trace: Trace, isBackward: boolean, chosen: { layer: number; unit: number }): NetWeights {
  let units = strongestIndices(trace.encoded.map(({ value }) => value), trace.layers[0]?.shown_inputs ?? [], MAX_UNITS);
  const inputs = units.map((index) => ({ index, name: trace.encoded[index]?.name ?? "" }));
  const layers = trace.layers.map((layer) => {
    const previousUnits = units;
    const strongest = strongestIndices(isBackward ? layer.dz : layer.a, layer.shown, MAX_UNITS);
    const isMissing = layer.layer === chosen.layer && !strongest.includes(chosen.unit);
    units = isMissing ? [...strongest, chosen.unit].sort((a, b) => a - b) : strongest;
    const pickWeights = (values: (number | null)[][]): number[][] =>
      previousUnits.map((input) => units.map((unit) => values[layer.shown_inputs.indexOf(input)]?.[layer.shown.indexOf(unit)] ?? 0));
    const last = layer === trace.layers.at(-1);
    return {
      layer: layer.layer,
      units: layer.units,
      activation: layer.activation,
      shown: units,
      weights: pickWeights(layer.weights),
      biases: units.map((unit) => (isBackward ? layer.dz : layer.a)[unit] ?? 0),
      gradients: pickWeights(layer.dw),
      dead: last || isBackward ? null : units.map((unit) => layer.a[unit] === 0),
    };
  });
  const { label, probabilities, value } = trace.prediction;
  const outputs = probabilities ? Object.keys(probabilities) : [label ?? (Math.abs(value ?? 0) >= 1e4 ? formatCompact(value ?? 0) : formatNumber(value, 3))];
  return { epoch: trace.epoch, kept_epochs: [], inputs, outputs, layers };
}

/** Those of the indices with the largest values, ascending. */
function strongestIndices(values: (number | null)[], indices: number[], maxCount: number): number[] {
  return indices
    .map((index) => ({ index, size: Math.abs(values[index] ?? 0) }))
    .toSorted((a, b) => b.size - a.size)
    .slice(0, maxCount)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}
