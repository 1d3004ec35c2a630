// Start of a sweep from the settings of a job or of a draft.
import { post } from "../api/client";
import type { SpecDraft, Sweep } from "../api/shapes";
import { hrefFor } from "../shell/route";

const TRIALS = 30;

/** Start a sweep; returns its address. What a run was tagged with says nothing of its trials. */
export async function startSweep(draft: SpecDraft): Promise<string> {
  const sweep = await post<Sweep>("/v1/sweeps", { base: { ...draft, tags: {} }, trials: TRIALS });
  return hrefFor(["sweeps", sweep.id]);
}
