// Architecture of a net without weights yet, from the spec of its job and the columns of its dataset.
import type { Column, Dataset, NetWeights, Spec } from "../api/shapes";
import { listTargets } from "../api/targets";

const CYCLES = ["month", "weekday", "hour"];

/** Layers without weights, between the inputs and outputs that the columns will most likely have. */
export function outlineNet(spec: Spec, dataset: Dataset | undefined, maxUnits: number): NetWeights {
  const columns = dataset?.columns ?? [];
  const targets = listTargets(spec);
  const items = spec.task === "recommendation" ? listClasses(columns.find(({ name }) => name === spec.item)) : undefined;
  const features = columns.filter(({ name }) => !targets.includes(name) && (spec.features?.includes(name) ?? true));
  const inputs = items ?? features.flatMap((column) => listInputs(column, dataset?.rows ?? 0));
  const classes = items ?? (spec.task === "classification" ? listClasses(columns.find(({ name }) => name === spec.target)) : []);
  const quantiles = spec.loss === "quantile" ? (spec.quantiles ?? []) : [];
  const numbers = quantiles.length ? targets.flatMap((name) => quantiles.map((quantile) => `${name} ${quantile}`)) : targets;
  const outputs = classes.length ? classes : numbers;
  const flat = (spec.layers ?? []).flatMap((layer) => (layer.type === "residual" ? layer.layers : [layer]));
  const dense = flat.flatMap((layer) => (layer.type === "dense" ? [layer] : []));
  const convCount = flat.filter(({ type }) => type === "conv").length;
  const output = { units: classes.length === 2 && !items ? 1 : outputs.length, activation: "linear" as const };
  const layers = [...dense, output].map((layer, n) => ({
    layer: convCount + n + 1,
    units: layer.units,
    activation: layer.activation,
    shown: Array.from({ length: Math.min(layer.units, maxUnits) }, (_, unit) => unit),
    weights: [],
    biases: [],
    gradients: null,
    dead: null,
  }));
  const shown = (inputs.length ? inputs : [""]).slice(0, maxUnits).map((name, index) => ({ index, name }));
  return { epoch: 0, kept_epochs: [], inputs: shown, outputs: outputs.slice(0, Math.max(maxUnits, 2)), layers };
}

/** The inputs of a column by the names that the encoders give them. */
function listInputs(column: Column, rows: number): string[] {
  const { name, type, missing } = column;
  const flag = missing > 0 ? [`${name} is missing`] : [];
  const isConstant = column.distinct === 1 || (column.min !== null && column.min === column.max) || missing >= rows;
  if (isConstant && !missing) return [];
  if (type === "categorical") return [...(column.top ?? []).map(({ value }) => `${name} = ${value}`), ...flag];
  if (type === "datetime") return [name, ...CYCLES.flatMap((cycle) => [`${name}, sine of the ${cycle}`, `${name}, cosine of the ${cycle}`]), ...flag];
  if (type === "image") return [];
  return [name, ...flag];
}

function listClasses(target: Column | undefined): string[] {
  if (target?.type === "boolean") return ["false", "true"];
  const named = (target?.top ?? []).map(({ value }) => String(value)).toSorted();
  return [...named, ...Array.from({ length: Math.max((target?.distinct ?? 0) - named.length, 0) }, () => "")];
}
