// A draft over the defaults of a spec, as far as its values have the shape of a setting.
import { ACTIVATIONS, EARLY_STOPPING, OPTIMIZERS, SCHEDULES } from "../api/choices";
import type { EarlyStopping, Optimizer, Schedule, Spec } from "../api/shapes";

/**
 * The defaults with the changes of a draft; a change whose shape no field can show is left out.
 *
 * A draft comes from an address, which anybody may have typed.
 */
export function mergeDraft(defaults: Spec, draft: Partial<Spec>): Spec {
  const fitting = Object.entries(draft).filter(([name, value]) => hasShapeOf(value, defaults[name as keyof Spec]));
  const merged = { ...defaults, ...Object.fromEntries(fitting) };
  return {
    ...merged,
    layers: merged.layers.every(isLayer) ? merged.layers : defaults.layers,
    quantiles: isNumbers(merged.quantiles) ? merged.quantiles : defaults.quantiles,
    optimizer: completeOptimizer(merged.optimizer) ?? defaults.optimizer,
    schedule: completeSchedule(merged.schedule) ?? defaults.schedule,
    split: { ...defaults.split, ...merged.split },
    embedding: { ...defaults.embedding, ...merged.embedding },
    numeric: { ...defaults.numeric, ...merged.numeric },
    image: { ...defaults.image, ...merged.image },
    language: { ...defaults.language, ...merged.language },
    early_stopping: completeStopping(merged.early_stopping),
  };
}

function completeOptimizer(optimizer: Optimizer | null): Optimizer | undefined {
  if (!optimizer || !Object.hasOwn(OPTIMIZERS, optimizer.type)) return undefined;
  return { ...OPTIMIZERS[optimizer.type].defaults, ...optimizer };
}

function completeSchedule(schedule: Schedule | null): Schedule | undefined {
  if (!schedule || !Object.hasOwn(SCHEDULES, schedule.type)) return undefined;
  return { ...SCHEDULES[schedule.type].defaults, ...schedule };
}

function completeStopping(stopping: EarlyStopping | null | undefined): EarlyStopping | null {
  return stopping ? { ...EARLY_STOPPING, ...stopping } : null;
}

function hasShapeOf(value: unknown, model: unknown): boolean {
  if (value === null) return model === null || typeof model === "object";
  if (model === null || model === undefined) return true;
  if (Array.isArray(model)) return Array.isArray(value);
  if (typeof model !== "object") return typeof value === typeof model;
  if (typeof value !== "object" || Array.isArray(value)) return false;
  const given = value as Record<string, unknown>;
  return Object.entries(model).every(([name, part]) => !(name in given) || typeof given[name] === typeof part || part === null);
}

const isNumbers = (values: unknown): boolean =>
  values === null || (Array.isArray(values) && values.every((value) => typeof value === "number"));

function isLayer(layer: unknown): boolean {
  if (typeof layer !== "object" || layer === null) return false;
  const { type, units, rate, activation, heads, layers } = layer as Record<string, unknown>;
  const isKnown = typeof activation === "string" && Object.hasOwn(ACTIVATIONS, activation);
  if (type === "dense") return typeof units === "number" && isKnown;
  if (type === "dropout") return typeof rate === "number";
  if (type === "embedding") return typeof units === "number";
  if (type === "attention") return typeof heads === "number";
  return type === "residual" ? Array.isArray(layers) && layers.every(isInnerLayer) : type === "norm";
}

const isInnerLayer = (layer: unknown): boolean => isLayer(layer) && (layer as { type: string }).type !== "residual";
