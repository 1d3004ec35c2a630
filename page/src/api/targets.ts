// What a job or a model predicts: one column, or several columns of numbers; or which items it recommends.
import type { Model, Spec } from "./shapes";

type Predicted = Pick<Spec, "target"> & Partial<Pick<Spec, "targets">>;

export const listTargets = ({ target, targets }: Predicted): string[] => (target == null ? (targets ?? []) : [target]);

/** What a model does with its subject, for headings and lists. */
export const nameAction = ({ task }: Pick<Model, "task">): string =>
  task === "recommendation" ? "recommends" : task === "language" ? "writes" : "predicts";

/** The targets as one text. */
export const nameTargets = (predicted: Predicted): string => listTargets(predicted).join(", ");

/** What it is about, for headings and lists: the column of the items, if it recommends, else the targets. */
export const nameSubject = (about: Predicted & (Pick<Spec, "task" | "item"> | Pick<Model, "task" | "inputs">)): string =>
  about.task === "recommendation" ? (("item" in about ? about.item : about.inputs[1]?.name) ?? "") : nameTargets(about);
