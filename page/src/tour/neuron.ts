// One neuron of a traced layer: its inputs, weights and gradients.
import type { Trace, TracedLayer } from "../api/shapes";
import { route } from "../shell/route";

const MAX_TERMS_SHOWN = 5;

export interface Term {
  name: string;
  input: number;
  weight: number;
  gradient: number;
}

export interface Neuron {
  layer: TracedLayer;
  unit: number;
  /** The inputs with the largest weighted values, largest first. */
  terms: Term[];
  /** How many more inputs it has. */
  hiddenTerms: number;
  bias: number;
  z: number;
  a: number;
  da: number;
  dz: number;
}

/** The neuron in the address; by default that of the first layer with the largest gradient. */
export function selectNeuron(trace: Trace): Neuron {
  const { query } = route.value;
  const layer = trace.layers.find(({ layer }) => layer === Number(query.get("layer"))) ?? (trace.layers[0] as TracedLayer);
  const neuronParam = query.get("neuron");
  const busiest = layer.shown.toSorted((a, b) => Math.abs(layer.dz[b] ?? 0) - Math.abs(layer.dz[a] ?? 0))[0] ?? 0;
  const unit = neuronParam !== null && layer.shown.includes(Number(neuronParam)) ? Number(neuronParam) : busiest;
  const column = layer.shown.indexOf(unit);
  const terms = layer.shown_inputs
    .map((input, row) => ({
      name: nameInput(trace, layer, input),
      input: layer.inputs[input] ?? 0,
      weight: layer.weights[row]?.[column] ?? 0,
      gradient: layer.dw[row]?.[column] ?? 0,
    }))
    .toSorted((a, b) => Math.abs(b.input * b.weight) - Math.abs(a.input * a.weight));
  const valueOf = (values: (number | null)[]): number => values[unit] ?? 0;
  return {
    layer,
    unit,
    terms: terms.slice(0, MAX_TERMS_SHOWN),
    hiddenTerms: Math.max(layer.inputs.length - MAX_TERMS_SHOWN, 0),
    bias: valueOf(layer.biases),
    z: valueOf(layer.z),
    a: valueOf(layer.a),
    da: valueOf(layer.da),
    dz: valueOf(layer.dz),
  };
}

function nameInput(trace: Trace, layer: TracedLayer, input: number): string {
  return layer === trace.layers[0] ? (trace.encoded[input]?.name ?? "") : `neuron ${input + 1} of layer ${layer.layer - 1}`;
}
