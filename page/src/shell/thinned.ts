// Fewer points for long jobs: of each stretch of epochs the lowest and the highest of the first curve, so that no
// spike is lost.

type Values = (number | null)[];

/** The x and the series, with at most about `most` points. */
export function thinned(x: number[], series: Values[], most: number): [number[], ...Values[]] {
  if (x.length <= most) return [x.slice(), ...series.map((values) => values.slice())];
  const stretch = Math.ceil((2 * x.length) / most);
  const kept: number[] = [];
  const guide = series[0] ?? [];
  for (let from = 0; from < x.length; from += stretch) {
    const to = Math.min(from + stretch, x.length);
    let low = from;
    let high = from;
    for (let at = from; at < to; at += 1) {
      const value = guide[at] ?? 0;
      if (value < (guide[low] ?? 0)) low = at;
      if (value > (guide[high] ?? 0)) high = at;
    }
    kept.push(...(low === high ? [low] : low < high ? [low, high] : [high, low]));
  }
  if (kept.at(-1) !== x.length - 1) kept.push(x.length - 1);
  const picked = (values: Values): Values => kept.map((at) => values[at] ?? null);
  return [kept.map((at) => x[at] as number), ...series.map(picked)];
}
