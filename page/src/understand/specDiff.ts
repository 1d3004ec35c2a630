// Differences between specs, setting by setting.
import type { Layer, Spec } from "../api/shapes";

export interface Difference {
  name: string;
  values: string[];
}

export function diffSpecs(specs: Spec[]): Difference[] {
  const settings = specs.map(flattenSpec);
  const names = [...new Set(settings.flatMap((one) => [...one.keys()]))];
  return names
    .map((name) => ({ name, values: settings.map((one) => one.get(name) ?? "–") }))
    .filter(({ values }) => new Set(values).size > 1);
}

function flattenSpec(spec: Spec): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(spec)) {
    if (name === "layers") settings.set(name, formatSetting(name, value));
    else if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [key, nested] of Object.entries(value)) settings.set(`${name} ${key}`, formatSetting(key, nested));
    } else settings.set(name, formatSetting(name, value));
  }
  return settings;
}

function describeLayer(layer: Layer): string {
  if (layer.type === "dense") return `${layer.units} ${layer.activation}${layer.groups > 1 ? ` in ${layer.groups} groups` : ""}`;
  if (layer.type === "dropout") return `dropout ${layer.rate}`;
  return layer.type === "residual" ? `residual (${layer.layers.map(describeLayer).join(" → ")})` : layer.type;
}

/** The value of a setting in a few words. */
export function formatSetting(name: string, value: unknown): string {
  if (name === "layers") return (value as Layer[]).map(describeLayer).join(" → ") || "none";
  return value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value);
}
