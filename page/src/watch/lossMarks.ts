// Marks of a run's learning curves: the best epoch, where early stopping waited in vain, and the baselines.
import type { Job } from "../api/shapes";
import type { Mark } from "../shell/chartMarks";
import { formatMetric, formatNumber } from "../shell/format";
import { findScore } from "./languageScore";

const NAMES: Record<string, string> = {
  mean: "mean baseline",
  most_frequent_class: "majority-class baseline",
  linear: "linear regression",
  logistic: "logistic regression",
  levels: "levels of users and items",
  popularity: "popularity",
  linear_items: "linear item model",
  token_frequency: "token frequency",
  five_gram: "5-gram",
};

/**
 * @param curve `loss`, or the name of a metric
 * @param best the best epoch of the net that is shown
 * @param newest its newest epoch
 */
export function listMarks(job: Pick<Job, "baselines" | "spec" | "status" | "stop_reason">, curve: string, best: number | null | undefined, newest: number | undefined): Mark[] {
  const marks: Mark[] = [];
  if (best) marks.push({ axis: "x", at: best, label: `best epoch${job.status === "running" ? " so far" : ""} ${best}`, colour: "green" });
  if (best && newest !== undefined && job.stop_reason === "early_stopping" && newest > best) {
    marks.push({ axis: "x", at: best, until: newest, label: `early stopping: no improvement for ${newest - best} epochs`, colour: "amber" });
  }
  const { naive, linear } = job.baselines ?? {};
  for (const [baseline, colour] of [[naive, "soft"], [linear, "violet"]] as const) {
    const value = baseline && findBaselineValue(baseline.metrics, job.spec, curve);
    if (baseline && value != null && Number.isFinite(value)) {
      const text = curve === "loss" ? formatNumber(value, 3) : formatMetric(curve, value);
      marks.push({ axis: "y", at: value, label: `${NAMES[baseline.name] ?? baseline.name} ${text}`, colour });
    }
  }
  return marks;
}

/** What a baseline reaches by a curve; null where it is not measured in its units. */
function findBaselineValue(metrics: Record<string, number | null>, spec: Job["spec"], curve: string): number | null {
  if (curve !== "loss") return metrics[curve] ?? null;
  if (spec.task === "language") return findScore(metrics, curve);
  return spec.loss === "cross_entropy" && !spec.class_weights ? (metrics.log_loss ?? null) : null;
}
