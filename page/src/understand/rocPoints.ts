// Points of ROC curves on a shared axis, which a chart needs: every false positive rate stands there twice, so that a
// vertical step of a curve keeps both its ends.
import type { Evaluation } from "../api/shapes";

type RocCurve = NonNullable<Evaluation["roc"]>[number];
type Curve = { points: Pick<RocCurve["points"][number], "false_positive_rate" | "true_positive_rate">[] };

/** The curves to show: of two classes that of the second, whose mirror image is the first's; else those of lowest AUC. */
export function selectRocCurves(curves: RocCurve[], classes: number, maxCount: number): RocCurve[] {
  if (classes === 2) return curves.slice(-1);
  const drawable = curves.filter(({ auc }) => auc !== null);
  return drawable.toSorted((a, b) => (a.auc ?? 0) - (b.auc ?? 0)).slice(0, maxCount);
}

/** The false positive rates of all curves, and of each curve the true positive rates; null where it has no point. */
export function alignRocCurves(curves: Curve[]): [number[], ...(number | null)[][]] {
  const steps = curves.map(({ points }) => {
    const ranges = new Map<number, [number, number]>([
      [0, [0, 0]],
      [1, [1, 1]],
    ]);
    for (const { false_positive_rate: x, true_positive_rate: y } of points) {
      const [low, high] = ranges.get(x) ?? [y, y];
      ranges.set(x, [Math.min(low, y), Math.max(high, y)]);
    }
    return ranges;
  });
  const rates = [...new Set([0, 1, ...steps.flatMap((ranges) => [...ranges.keys()])])].sort((a, b) => a - b);
  return [rates.flatMap((x) => [x, x]), ...steps.map((ranges) => rates.flatMap((x) => ranges.get(x) ?? [null, null]))];
}

type PrecisionCurve = NonNullable<Evaluation["precision_recall"]>[number];

/** The precision-recall curves to show: of two classes that of the second; else those of lowest average precision. */
export function selectPrecisionCurves(curves: PrecisionCurve[], classes: number, maxCount: number): PrecisionCurve[] {
  const drawable = curves.filter(({ average_precision: average }) => average !== null);
  if (classes === 2) return drawable.slice(-1);
  return drawable.toSorted((a, b) => (a.average_precision ?? 0) - (b.average_precision ?? 0)).slice(0, maxCount);
}

/** The recalls of all curves, and of each the precision, from left on that of its highest threshold; null elsewhere. */
export function alignPrecision(curves: Pick<PrecisionCurve, "points">[]): [number[], ...(number | null)[][]] {
  const byRecall = curves.map(({ points }) => {
    const found = new Map<number, number>();
    for (const { recall, precision } of points) found.set(recall, Math.max(precision, found.get(recall) ?? 0));
    return found.set(0, found.get(0) ?? points[0]?.precision ?? 1);
  });
  const recalls = [...new Set([0, 1, ...byRecall.flatMap((found) => [...found.keys()])])].sort((a, b) => a - b);
  return [recalls, ...byRecall.map((found) => recalls.map((recall) => found.get(recall) ?? null))];
}
