// Curves of compared runs: what there is of each, and which of them may share an axis.
import type { Epoch, Job } from "../api/shapes";
import { nameTargets } from "../api/targets";
import { isShare } from "../shell/format";

export interface Run {
  job: Job;
  epochs: Epoch[];
  /** Its place among all, from 0, by which it is numbered and coloured. */
  n: number;
}

/** A value of an epoch: the validation loss, or the training loss where nothing is held out, or a metric. */
export const readCurve = (epoch: Epoch | undefined, curve: string): number | null =>
  (curve === "loss" ? (epoch?.validation_loss ?? epoch?.train_loss) : epoch?.metrics[curve]) ?? null;

/** The runs that have a curve, in groups that may share an axis: losses of one kind, and metrics in one unit. */
export function groupRuns(runs: Run[], curve: string): Run[][] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const { spec } = run.job;
    if (curve !== "loss" && !run.epochs.some((epoch) => readCurve(epoch, curve) !== null)) continue;
    const unit = curve === "loss" ? [spec.loss, nameTargets(spec)] : isShare(curve) || curve === "r2" ? [] : [nameTargets(spec)];
    const key = JSON.stringify(unit);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

/** The metrics that runs have of their epochs, those first by which they are judged. */
export function listCurves(runs: Run[]): string[] {
  const main = runs.map(({ job }) => job.main_metric ?? "").filter(Boolean);
  const all = runs.flatMap(({ epochs }) => Object.keys(epochs.at(-1)?.metrics ?? {}));
  return [...new Set(["loss", ...main.filter((name) => all.includes(name)), ...all])];
}
