// Confidence intervals and comparisons in words.
import type { ScoreComparison, ConfidenceInterval } from "../api/shapes";
import { formatMetric, formatNumber, isShare } from "../shell/format";

/** The bounds of a metric: `71.4–76.5%` of shares, `0.47 to 0.527` of numbers. */
export function formatInterval(name: string, { low, high }: ConfidenceInterval): string {
  if (!isShare(name)) return `${formatNumber(low, 3)} to ${formatNumber(high, 3)}`;
  return `${formatMetric(name, low).replace("%", "")}–${formatMetric(name, high)}`;
}

/** How the net compares with another model, in few words. */
export const RESULTS: Record<ScoreComparison["result"], string> = { better: "net better", worse: "net worse", tie: "tie" };

/** The difference of a metric with its bounds: `+5.5 pp (+2.7 to +8.3)` of shares, else numbers. */
export const describeDifference = (name: string, { difference, ...bounds }: Omit<ScoreComparison, "result">): string =>
  `${formatDifference(name, difference)}${isShare(name) ? " pp" : ""} (${formatBounds(name, bounds)})`;

/** The bounds of a difference: `+2.7 to +8.3`. */
export const formatBounds = (name: string, { low, high }: ConfidenceInterval): string =>
  `${formatDifference(name, low)} to ${formatDifference(name, high)}`;

/** A difference of a metric with its sign; of shares in percentage points. */
export function formatDifference(name: string, difference: number): string {
  const size = Math.abs(difference);
  return `${difference < 0 ? "−" : "+"}${isShare(name) ? (size * 100).toFixed(1) : formatNumber(size, 2)}`;
}
