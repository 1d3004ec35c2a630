// JSON merge patch (RFC 7396) of a spec: null removes, objects are merged, all else replaces.
import type { Spec } from "../api/shapes";

type Json = Record<string, unknown>;

export const patchSpec = (spec: Spec, patch: Json): Spec => mergePatch(spec, patch) as Spec;

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, mergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
