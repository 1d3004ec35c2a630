// Min-max downsampling of long curves: each bucket of epochs keeps the lowest and the highest point of the first
// series, so that no spike is lost.

type Values = (number | null)[];

/** The x and the series, which may be shorter, with about `maxPoints` points at most. */
export function downsample(x: number[], series: Values[], maxPoints: number): [number[], ...Values[]] {
  if (x.length <= maxPoints) return [x.slice(), ...series.map((values) => x.map((_, index) => values[index] ?? null))];
  const bucketSize = Math.ceil((2 * x.length) / maxPoints);
  const indices: number[] = [];
  const guide = series[0] ?? [];
  for (let from = 0; from < x.length; from += bucketSize) {
    const to = Math.min(from + bucketSize, x.length);
    let low = from;
    let high = from;
    for (let index = from; index < to; index += 1) {
      const value = guide[index] ?? 0;
      if (value < (guide[low] ?? 0)) low = index;
      if (value > (guide[high] ?? 0)) high = index;
    }
    indices.push(...(low === high ? [low] : low < high ? [low, high] : [high, low]));
  }
  if (indices.at(-1) !== x.length - 1) indices.push(x.length - 1);
  const pick = (values: Values): Values => indices.map((index) => values[index] ?? null);
  return [indices.map((index) => x[index] as number), ...series.map(pick)];
}
