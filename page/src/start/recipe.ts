// What a person asks for: a target, and what they changed of the defaults. It stands in the address, so that it lasts.
// The defaults themselves come from the API's own check of the job, made anew after each change.
import { useEffect, useState } from "preact/hooks";
import { post, Problem } from "../api/ask";
import type { Spec, Validation } from "../api/shapes";
import { ask, route } from "../shell/route";

const PAUSE_MS = 200;

/** What was changed of the defaults. */
export function changes(): Partial<Spec> {
  try {
    return JSON.parse(route.value.query.get("with") ?? "{}") as Partial<Spec>;
  } catch {
    return {};
  }
}

/** Change one of the settings; undefined returns it to its default. */
export function change<Name extends keyof Spec>(name: Name, value: Spec[Name] | undefined): void {
  const next = { ...changes(), [name]: value };
  const text = JSON.stringify(next);
  ask({ with: text === "{}" ? null : text });
}

/** The job that was asked for, as `POST /v1/jobs` takes it. */
export function asked(datasetId: string, target: string): Spec {
  return { ...changes(), dataset_id: datasetId, target };
}

export interface Checked {
  validation: Validation | undefined;
  problem: Problem | undefined;
  /** The newest spec that could be read, with every default filled in. */
  spec: Spec | undefined;
}

/** What the API says of a job before it is asked for, a moment after each change. */
export function useCheck(wanted: Spec): Checked {
  const [checked, setChecked] = useState<Checked>({ validation: undefined, problem: undefined, spec: undefined });
  const text = JSON.stringify(wanted);
  useEffect(() => {
    const aborting = new AbortController();
    const timer = setTimeout(() => {
      post<Validation>("/v1/jobs/validate", JSON.parse(text), aborting.signal).then(
        (validation) =>
          setChecked((before) => ({ validation, problem: undefined, spec: validation.spec ?? before.spec })),
        (problem: unknown) => {
          if (problem instanceof Problem) setChecked((before) => ({ ...before, problem }));
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      aborting.abort();
    };
  }, [text]);
  return checked;
}
