// Draft of a job: what is predicted and every changed setting, kept in the address so that a reload keeps them.
// Defaults come from the API, which validates the draft after each change.
import { useEffect, useState } from "preact/hooks";
import { post, Problem } from "../api/client";
import type { Spec, SpecDraft, Validation } from "../api/shapes";
import { listTargets } from "../api/targets";
import { parseObject } from "../shell/parseObject";
import { hrefFor, setQuery, route } from "../shell/route";
import { mergeDraft } from "./mergeDraft";
import type { RecommendationColumns } from "./recommendationColumns";

const DEBOUNCE_MS = 200;

/** The settings that differ from the defaults. */
export function readChanges(): Partial<Spec> {
  return parseObject(route.value.query.get("with"));
}

/** Change one of the settings; undefined returns it to its default. */
export function setSetting<Name extends keyof Spec>(name: Name, value: Spec[Name] | undefined): void {
  setQuery({ with: encodeChanges({ ...readChanges(), [name]: value }) });
}

/** The targets that the address names; none if it names none. */
export function readTargets(): string[] {
  const { targets } = readChanges();
  if (Array.isArray(targets) && targets.length > 1 && targets.every((name) => typeof name === "string")) return targets;
  const target = route.value.query.get("target");
  return target === null ? [] : [target];
}

/** Choose another target; what was chosen for the one before is dropped, since it fits only that. */
export function setTarget(target: string): void {
  setQuery({ target, with: encodeChanges(without(readChanges(), ["features", "targets", "task", ...TARGET_SETTINGS])) });
}

/** Choose several targets, or one that is left of several; all of them are numbers, and none of them is an input. */
export function setTargets(targets: string[]): void {
  const features = readChanges().features?.filter((name) => !targets.includes(name));
  const changes = { ...without(readChanges(), ["task", "class_weights", "targets"]), features };
  const [only, ...more] = targets;
  if (only !== undefined && more.length === 0) {
    setQuery({ target: only, with: encodeChanges({ ...changes, task: "regression" }) });
  } else {
    setQuery({ target: null, with: encodeChanges({ ...changes, targets }) });
  }
}

/** Choose the loss; quantiles are those of one loss alone. */
export function setLoss(loss: Spec["loss"]): void {
  setQuery({ with: encodeChanges({ ...readChanges(), loss, quantiles: undefined }) });
}

/** Choose how pictures are seen: as pixels, or by features of a net that others trained; layers fit one of them alone. */
export function setPictureFeatures(features: Spec["image"]["features"]): void {
  const image = features === null ? undefined : { features };
  setQuery({ with: encodeChanges({ ...without(readChanges(), ["layers"]), image: image as Spec["image"] | undefined }) });
}

/** What fits one kind of target alone: a class, or a number. */
const TARGET_SETTINGS = ["loss", "quantiles", "class_weights"] as const;

/** What fits one task alone. */
const TASK_SETTINGS = [
  ...TARGET_SETTINGS, "targets", "weight_column", "features", "user", "item", "text", "language", "layers", "optimizer", "split", "preset",
  "nets", "numeric",
] as const;

/** Choose between classes and a number; a loss that was chosen for the other one is dropped, and all that is for other tasks. */
export function setTask(task: Spec["task"]): void {
  const changes = readChanges();
  const isOfColumn = changes.task !== "recommendation" && changes.task !== "language";
  setQuery({ with: encodeChanges({ ...without(changes, isOfColumn ? TARGET_SETTINGS : TASK_SETTINGS), task }) });
}

/** Choose to learn to write, from the text of a column; what was chosen for another task is dropped. */
export function setText(text: string): void {
  const changes = readChanges();
  const kept = changes.task === "language" ? changes : without(changes, TASK_SETTINGS);
  setQuery({ with: encodeChanges({ ...kept, task: "language", text }) });
}

/** Change how the text is read. */
export function setLanguage(changes: Partial<Spec["language"]>): void {
  setSetting("language", { ...readChanges().language, ...changes } as Spec["language"]);
}

/** Choose to recommend, from these columns; what was chosen for another task is dropped. */
export function setRecommendation({ user, item, target }: RecommendationColumns): void {
  setQuery({ target, with: encodeChanges({ ...without(readChanges(), TASK_SETTINGS), task: "recommendation", user, item }) });
}

/** Choose the column of ratings; that of the items says that every row is a choice. */
export function setRatings(target: string): void {
  setQuery({ target, with: encodeChanges(without(readChanges(), TARGET_SETTINGS)) });
}

const without = (changes: Partial<Spec>, names: readonly (keyof Spec)[]): Partial<Spec> =>
  Object.fromEntries(Object.entries(changes).filter(([name]) => !names.includes(name as keyof Spec)));

function encodeChanges(changes: Record<string, unknown>): string | null {
  const text = JSON.stringify(changes);
  return text === "{}" ? null : text;
}

/**
 * The draft, as `POST /v1/jobs` takes it.
 *
 * @param text the column of the text, if the dataset is nothing but a text
 */
export function draftSpec(datasetId: string, targets: string[], text?: string): SpecDraft {
  const changes = readChanges();
  if (changes.task === "language" || (text !== undefined && changes.task === undefined)) {
    return { text: text ?? null, ...changes, task: "language", dataset_id: datasetId };
  }
  const isOne = targets.length < 2;
  return { ...changes, dataset_id: datasetId, target: isOne ? targets[0] ?? null : null, targets: isOne ? null : targets };
}

/** The address of the settings of another training on the dataset of a job. */
export const hrefForTraining = ({ dataset_id, task, user, item, text, ...spec }: Spec): string =>
  hrefFor(["datasets", dataset_id], {
    target: listTargets(spec)[0],
    with: task === "recommendation" ? JSON.stringify({ task, user, item }) : task === "language" ? JSON.stringify({ task, text }) : null,
  });

export interface DraftState {
  validation: Validation | undefined;
  /** The forecast of each preset, also while a value of the draft is refused; none where presets choose nothing. */
  presets: Validation["presets"];
  problem: Problem | undefined;
  /** The draft with every default filled in, also while a value of it is refused. */
  spec: Spec | undefined;
}

/** The API's validation of the draft, a moment after each change. */
export function useValidation(draft: SpecDraft): DraftState {
  const [state, setState] = useState<{ validation?: Validation; presets?: Validation["presets"]; problem?: Problem; defaults?: Spec }>({});
  const text = JSON.stringify(draft);
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      validate(draft, controller.signal).then(
        ({ validation, defaults }) =>
          setState((previous) => ({
            validation,
            presets: validation.valid ? validation.presets : previous.presets ?? {},
            ...definedDefaults(defaults ?? previous.defaults),
          })),
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
  const { validation, presets = {}, problem, defaults } = state;
  return { validation, presets, problem, spec: defaults && mergeDraft(defaults, draft) };
}

const definedDefaults = (defaults: Spec | undefined): { defaults?: Spec } => (defaults ? { defaults } : {});

/** The validation of a draft; the defaults are those of the draft without its changes where a change is no setting at all. */
async function validate(draft: SpecDraft, signal: AbortSignal): Promise<{ validation: Validation; defaults: Spec | undefined }> {
  const validation = await post<Validation>("/v1/jobs/validate", draft, signal);
  if (validation.spec) return { validation, defaults: validation.spec };
  const { dataset_id, target, targets, task, user, item, text } = draft;
  const about = task === "recommendation" ? { target, task, user, item } : task === "language" ? { task, text } : { target, targets };
  const plain = await post<Validation>("/v1/jobs/validate", { dataset_id, ...about }, signal);
  return { validation, defaults: plain.spec ?? undefined };
}
