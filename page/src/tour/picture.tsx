// The traced net as a drawing: forwards each neuron shows what it says, backwards what blame it bears.
import { useMemo, useRef } from "preact/hooks";
import type { NetWeights, Trace } from "../api/insight";
import { figure } from "../shell/figures";
import { Drawing, useWidth } from "../watch/drawing";
import { layout } from "../watch/netlayout";

const UNITS = 18;

export function Picture({ trace, backwards }: { trace: Trace; backwards: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const placed = useMemo(() => layout(drawn(trace, backwards), width), [trace, backwards, width]);
  const label = backwards
    ? "The net, with the blame of each neuron as its colour, flowing back from the output."
    : "The net, with what each neuron says to this row as its colour.";
  return (
    <>
      <div ref={place}>
        <Drawing placed={placed} flowing={backwards} label={label} />
      </div>
      <p class="legend soft">
        <span class="key blue">{backwards ? "more of it, more error" : "says much, or pulls up"}</span>
        <span class="key amber">{backwards ? "more of it, less error" : "says less than nothing, or pulls down"}</span>
        {!backwards && <span class="key dead">silent</span>}
      </p>
    </>
  );
}

/** The strongest neurons of each layer, with what they say or their blame in the place of biases. */
function drawn(trace: Trace, backwards: boolean): NetWeights {
  let kept = strongest(trace.encoded.map(({ value }) => value), UNITS);
  const inputs = kept.map((index) => ({ index, name: trace.encoded[index]?.name ?? "" }));
  const layers = trace.layers.map((layer) => {
    const into = kept;
    kept = strongest(backwards ? layer.dz : layer.a, UNITS).filter((unit) => layer.shown.includes(unit));
    const picked = (values: number[][]): number[][] =>
      into.map((input) => kept.map((unit) => values[layer.shown_inputs.indexOf(input)]?.[layer.shown.indexOf(unit)] ?? 0));
    const last = layer.layer === trace.layers.length;
    return {
      layer: layer.layer,
      units: layer.units,
      activation: layer.activation,
      shown: kept,
      weights: picked(layer.weights),
      biases: kept.map((unit) => (backwards ? layer.dz : layer.a)[unit] ?? 0),
      gradients: picked(layer.dw),
      dead: last || backwards ? null : kept.map((unit) => layer.a[unit] === 0),
    };
  });
  const { label, probabilities, value } = trace.prediction;
  const outputs = probabilities ? Object.keys(probabilities) : [label ?? figure(value)];
  return { epoch: trace.epoch, kept_epochs: [], inputs, outputs, layers };
}

/** The places of the strongest values, in their order. */
function strongest(values: number[], most: number): number[] {
  return values
    .map((value, at) => ({ at, size: Math.abs(value) }))
    .toSorted((a, b) => b.size - a.size)
    .slice(0, most)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
}
