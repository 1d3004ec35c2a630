// Draft of a job: the target and every changed setting, kept in the address so that a reload keeps them.
// Defaults come from the API, which validates the draft after each change.
import { useEffect, useState } from "preact/hooks";
import { post, Problem } from "../api/client";
import type { Spec, SpecDraft, Validation } from "../api/shapes";
import { setQuery, route } from "../shell/route";

const DEBOUNCE_MS = 200;

/** The settings that differ from the defaults. */
export function readChanges(): Partial<Spec> {
  try {
    return JSON.parse(route.value.query.get("with") ?? "{}") as Partial<Spec>;
  } catch {
    return {};
  }
}

/** Change one of the settings; undefined returns it to its default. */
export function setSetting<Name extends keyof Spec>(name: Name, value: Spec[Name] | undefined): void {
  const next = { ...readChanges(), [name]: value };
  const text = JSON.stringify(next);
  setQuery({ with: text === "{}" ? null : text });
}

/** The draft, as `POST /v1/jobs` takes it. */
export function draftSpec(datasetId: string, target: string): SpecDraft {
  return { ...readChanges(), dataset_id: datasetId, target };
}

export interface DraftState {
  validation: Validation | undefined;
  problem: Problem | undefined;
  /** The newest valid spec, with every default filled in. */
  spec: Spec | undefined;
}

/** The API's validation of the draft, a moment after each change. */
export function useValidation(draft: SpecDraft): DraftState {
  const [state, setState] = useState<DraftState>({ validation: undefined, problem: undefined, spec: undefined });
  const text = JSON.stringify(draft);
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      post<Validation>("/v1/jobs/validate", JSON.parse(text), controller.signal).then(
        (validation) =>
          setState((previous) => ({ validation, problem: undefined, spec: validation.spec ?? previous.spec })),
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
  return state;
}
