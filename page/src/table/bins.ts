// Bins of the values of a column, counted for each class of the target.

const MAX_BINS = 24;

export interface Bins {
  /** How many values of each bin each class has: a row of counts a class, all of them in one where there are no classes. */
  counts: number[][];
  /** The most values in a bin. */
  max: number;
  low: number;
  high: number;
  /** The middle of the fullest bin. */
  peak: number;
}

/**
 * One bin for each value where they are few integers, else bins of equal width.
 *
 * @param classes the place of the class of each value; -1 for none
 */
export function computeBins(values: number[], classes?: number[]): Bins {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const isDiscrete = high - low < MAX_BINS && values.every(Number.isInteger);
  const bins = isDiscrete ? high - low + 1 : MAX_BINS;
  const width = isDiscrete ? 1 : (high - low) / MAX_BINS || 1;
  const start = isDiscrete ? low - 0.5 : low;
  const counts = Array.from({ length: classes ? Math.max(...classes, 0) + 1 : 1 }, () => new Array<number>(bins).fill(0));
  const totals = new Array<number>(bins).fill(0);
  values.forEach((value, n) => {
    const row = counts[classes ? (classes[n] ?? -1) : 0];
    if (!row) return;
    const bin = Math.min(Math.floor((value - start) / width), bins - 1);
    row[bin] = (row[bin] ?? 0) + 1;
    totals[bin] = (totals[bin] ?? 0) + 1;
  });
  const max = Math.max(...totals);
  return { counts, max, low, high, peak: start + (totals.indexOf(max) + 0.5) * width };
}
