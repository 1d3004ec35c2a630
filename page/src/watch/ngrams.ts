// How good a 5-gram is, which a net that learns to write has to beat.
import type { Job, Metrics } from "../api/shapes";

/** The name of its loss beside those of the metrics. */
const LOSS = "loss";

/** What the 5-gram reaches on the validation part by a metric, or by the loss; null where it is not known. */
export function findNgramValue(job: Job, curve: string): number | null {
  const baseline = job.baselines?.linear;
  return baseline?.name === "five_gram" ? findScore(baseline.metrics, curve) : null;
}

/** A metric of a text, or its loss in nats a token, which is the logarithm of its perplexity. */
export function findScore(metrics: Metrics, curve: string): number | null {
  if (curve !== LOSS) return metrics[curve] ?? null;
  return metrics.perplexity == null ? null : Math.log(metrics.perplexity);
}
