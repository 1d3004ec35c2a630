// Outcomes of decision thresholds: precision, recall, F1 and the cost of both kinds of errors.
import type { Evaluation } from "../api/shapes";

export type ThresholdTable = NonNullable<Evaluation["thresholds"]>;
type Point = ThresholdTable["points"][number];

/** What a false positive and a false negative cost. */
export interface Costs {
  falsePositive: number;
  falseNegative: number;
}

export interface Outcome {
  threshold: number;
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
  /** Null where no row is predicted as the class. */
  precision: number | null;
  /** Null where no row is of the class. */
  recall: number | null;
  f1: number | null;
  accuracy: number;
  cost: number;
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

export function measureThreshold({ positives, negatives }: ThresholdTable, point: Point, costs: Costs): Outcome {
  const { threshold, true_positives: truePositives, false_positives: falsePositives } = point;
  const falseNegatives = positives - truePositives;
  const trueNegatives = negatives - falsePositives;
  return {
    threshold,
    truePositives,
    falsePositives,
    falseNegatives,
    trueNegatives,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, positives),
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    accuracy: (truePositives + trueNegatives) / Math.max(positives + negatives, 1),
    cost: costs.falsePositive * falsePositives + costs.falseNegative * falseNegatives,
  };
}

/** The outcomes of all thresholds, the lowest first. */
export const measureThresholds = (table: ThresholdTable, costs: Costs): Outcome[] =>
  table.points.map((point) => measureThreshold(table, point, costs)).toSorted((a, b) => a.threshold - b.threshold);

/** The number of the cheapest outcome; of equally cheap ones that nearest to 0.5. */
export function findCheapest(outcomes: Outcome[]): number {
  const isBetter = (a: Outcome, b: Outcome): boolean =>
    a.cost < b.cost || (a.cost === b.cost && Math.abs(a.threshold - 0.5) < Math.abs(b.threshold - 0.5));
  return outcomes.reduce((best, outcome, n) => (isBetter(outcome, outcomes[best] as Outcome) ? n : best), 0);
}

/** The number of the outcome whose threshold is the nearest. */
export function findNearest(outcomes: Outcome[], threshold: number): number {
  const distance = (n: number): number => Math.abs((outcomes[n] as Outcome).threshold - threshold);
  return outcomes.reduce((best, _, n) => (distance(n) < distance(best) ? n : best), 0);
}
