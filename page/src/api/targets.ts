// What a job or a model predicts: one column, or several columns of numbers.
import type { Spec } from "./shapes";

type Predicted = Pick<Spec, "target"> & Partial<Pick<Spec, "targets">>;

export const listTargets = ({ target, targets }: Predicted): string[] => (target == null ? (targets ?? []) : [target]);

/** The targets as one text. */
export const nameTargets = (predicted: Predicted): string => listTargets(predicted).join(", ");
