// In what several specs differ, setting by setting, in words.
import type { Layer, Spec } from "../api/shapes";

export interface Difference {
  name: string;
  values: string[];
}

export function differences(specs: Spec[]): Difference[] {
  const told = specs.map(settings);
  const names = [...new Set(told.flatMap((one) => [...one.keys()]))];
  return names
    .map((name) => ({ name, values: told.map((one) => one.get(name) ?? "–") }))
    .filter(({ values }) => new Set(values).size > 1);
}

function settings(spec: Spec): Map<string, string> {
  const told = new Map<string, string>();
  for (const [name, value] of Object.entries(spec)) {
    if (name === "layers") told.set("layers", (value as Layer[]).map(layerWords).join(" → ") || "none");
    else if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [part, inner] of Object.entries(value)) told.set(`${name} ${part}`, plain(inner));
    } else told.set(name, plain(value));
  }
  return told;
}

const layerWords = (layer: Layer): string =>
  layer.type === "dense" ? `${layer.units} ${layer.activation}` : `dropout ${layer.rate}`;

const plain = (value: unknown): string =>
  value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value);
