// What a person asks for: a target, and what they changed of the defaults. It stands in the address, so that it lasts.
// The defaults themselves come from the API's own check of the job, made anew after each change.
import { useEffect, useState } from "preact/hooks";
import { post, Problem } from "../api/client";
import type { Spec, SpecDraft, Validation } from "../api/shapes";
import { setQuery, route } from "../shell/route";

const DEBOUNCE_MS = 200;

/** What was changed of the defaults. */
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

/** The job that was asked for, as `POST /v1/jobs` takes it. */
export function draftSpec(datasetId: string, target: string): SpecDraft {
  return { ...readChanges(), dataset_id: datasetId, target };
}

export interface DraftState {
  validation: Validation | undefined;
  problem: Problem | undefined;
  /** The newest spec that could be read, with every default filled in. */
  spec: Spec | undefined;
}

/** What the API says of a job before it is asked for, a moment after each change. */
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
