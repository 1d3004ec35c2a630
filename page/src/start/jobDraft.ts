// Draft of a job: the target and every changed setting, kept in the address so that a reload keeps them.
// Defaults come from the API, which validates the draft after each change.
import { useEffect, useState } from "preact/hooks";
import { post, Problem } from "../api/client";
import type { Spec, SpecDraft, Validation } from "../api/shapes";
import { setQuery, route } from "../shell/route";
import { mergeDraft } from "./mergeDraft";

const DEBOUNCE_MS = 200;

/** The settings that differ from the defaults. */
export function readChanges(): Partial<Spec> {
  try {
    const changes: unknown = JSON.parse(route.value.query.get("with") ?? "{}");
    return typeof changes === "object" && changes !== null && !Array.isArray(changes) ? changes : {};
  } catch {
    return {};
  }
}

/** Change one of the settings; undefined returns it to its default. */
export function setSetting<Name extends keyof Spec>(name: Name, value: Spec[Name] | undefined): void {
  setQuery({ with: encodeChanges({ ...readChanges(), [name]: value }) });
}

/** Choose another target; what was chosen for the one before is dropped, since it fits only that. */
export function setTarget(target: string): void {
  const changes = { ...readChanges(), features: undefined, task: undefined, loss: undefined, class_weights: undefined };
  setQuery({ target, with: encodeChanges(changes) });
}

/** Choose between classes and a number; a loss that was chosen for the other one is dropped. */
export function setTask(task: Spec["task"]): void {
  setQuery({ with: encodeChanges({ ...readChanges(), task, loss: undefined, class_weights: undefined }) });
}

function encodeChanges(changes: Record<string, unknown>): string | null {
  const text = JSON.stringify(changes);
  return text === "{}" ? null : text;
}

/** The draft, as `POST /v1/jobs` takes it. */
export function draftSpec(datasetId: string, target: string): SpecDraft {
  return { ...readChanges(), dataset_id: datasetId, target };
}

export interface DraftState {
  validation: Validation | undefined;
  problem: Problem | undefined;
  /** The draft with every default filled in, also while a value of it is refused. */
  spec: Spec | undefined;
}

/** The API's validation of the draft, a moment after each change. */
export function useValidation(draft: SpecDraft): DraftState {
  const [state, setState] = useState<{ validation?: Validation; problem?: Problem; defaults?: Spec }>({});
  const text = JSON.stringify(draft);
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      validate(draft, controller.signal).then(
        ({ validation, defaults }) => setState((previous) => ({ validation, ...definedDefaults(defaults ?? previous.defaults) })),
        (problem: unknown) => {
          if (problem instanceof Problem) setState((previous) => ({ ...previous, problem }));
        },
      );
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text]);
  const { validation, problem, defaults } = state;
  return { validation, problem, spec: defaults && mergeDraft(defaults, draft) };
}

const definedDefaults = (defaults: Spec | undefined): { defaults?: Spec } => (defaults ? { defaults } : {});

/** The validation of a draft; the defaults are those of the draft without its changes where a change is no setting at all. */
async function validate(draft: SpecDraft, signal: AbortSignal): Promise<{ validation: Validation; defaults: Spec | undefined }> {
  const validation = await post<Validation>("/v1/jobs/validate", draft, signal);
  if (validation.spec) return { validation, defaults: validation.spec };
  const { dataset_id, target } = draft;
  const plain = await post<Validation>("/v1/jobs/validate", { dataset_id, target }, signal);
  return { validation, defaults: plain.spec ?? undefined };
}
