// How good a text is foretold, by a metric or by the loss.
import type { Metrics } from "../api/shapes";

/** The name of the loss beside those of the metrics. */
const LOSS = "loss";

/** A metric of a text, or its loss in nats a token, which is the logarithm of its perplexity. */
export function findScore(metrics: Metrics, curve: string): number | null {
  if (curve !== LOSS) return metrics[curve] ?? null;
  return metrics.perplexity == null ? null : Math.log(metrics.perplexity);
}
