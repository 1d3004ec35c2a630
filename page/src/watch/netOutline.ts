// Architecture of a net without weights yet, from the spec of its job.
import type { NetWeights, Spec } from "../api/shapes";

/** Layers without weights; inputs and outputs are not known yet, and drawn as one each. */
export function outlineNet(spec: Spec, maxUnits: number): NetWeights {
  const dense = (spec.layers ?? []).flatMap((layer) => (layer.type === "dense" ? [layer] : []));
  const layers = [...dense, { units: 1, activation: "linear" as const }].map((layer, n) => ({
    layer: n + 1,
    units: layer.units,
    activation: layer.activation,
    shown: Array.from({ length: Math.min(layer.units, maxUnits) }, (_, unit) => unit),
    weights: [],
    biases: [],
    gradients: null,
    dead: null,
  }));
  return { epoch: 0, kept_epochs: [], inputs: [{ index: 0, name: "" }], outputs: [spec.target], layers };
}
