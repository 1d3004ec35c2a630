// Changing a run: its settings as a draft for another training, and the tag that says which run it was changed from.
import { post } from "../api/client";
import type { Job, Spec, SpecDraft, Validation } from "../api/shapes";
import { listTargets } from "../api/targets";
import { hrefFor } from "../shell/route";
import { CHANGED_FROM } from "./changedFrom";

/** What is told of a job beside how it learns. */
const ABOUT = new Set<keyof Spec>(["dataset_id", "target", "targets", "tags", "model_name"]);

/** The tags of a run that changes another. */
export const tagsOfChange = (job: Job): Record<string, string> => ({ ...job.spec.tags, [CHANGED_FROM]: job.id });

/** The address of the settings of a run, filled in as far as they differ from what is chosen where nothing is said. */
export async function hrefForChange(job: Job): Promise<string> {
  const { dataset_id, target, targets, task, user, item, text } = job.spec;
  const about: SpecDraft =
    task === "recommendation" ? { dataset_id, target, task, user, item } : task === "language" ? { dataset_id, task, text } : { dataset_id, target, targets, task };
  const plain = (await post<Validation>("/v1/jobs/validate", about)).spec;
  const changes = Object.entries(job.spec).filter(
    ([name, value]) =>
      !ABOUT.has(name as keyof Spec) && (name in about || JSON.stringify(value) !== JSON.stringify(plain?.[name as keyof Spec])),
  );
  const several = targets && targets.length > 1 ? { targets } : {};
  return hrefFor(["datasets", dataset_id], {
    target: listTargets(job.spec)[0],
    from: job.id,
    with: JSON.stringify({ ...Object.fromEntries(changes.filter(([, value]) => value !== null)), ...several }),
  });
}
