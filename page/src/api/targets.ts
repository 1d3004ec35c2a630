// What a job or a model predicts: one column, or several columns of numbers; or which items it recommends.
import type { Model, Spec } from "./shapes";

type Predicted = Pick<Spec, "target"> & Partial<Pick<Spec, "targets">>;

export const listTargets = ({ target, targets }: Predicted): string[] => (target == null ? (targets ?? []) : [target]);

/** The targets as one text. */
export const nameTargets = (predicted: Predicted): string => listTargets(predicted).join(", ");

/** What it is about, for headings and lists: the column of the items, if it recommends, else the targets. */
export const nameSubject = (about: Predicted & (Pick<Spec, "task" | "item"> | Pick<Model, "task" | "inputs">)): string =>
  about.task === "recommendation" ? (("item" in about ? about.item : about.inputs[1]?.name) ?? "") : nameTargets(about);
