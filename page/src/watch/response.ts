// What a neuron responds to, told from its outputs for rows: which rows excite it most, and which columns it follows.
import type { Column, Row } from "../api/shapes";

type Values = (number | null)[];

/** The places of the rows with the largest outputs, the largest first. */
export const findExciting = (activations: Values, count: number): number[] =>
  activations
    .map((value, place) => [value ?? -Infinity, place] as const)
    .toSorted((a, b) => b[0] - a[0])
    .slice(0, count)
    .map(([, place]) => place);

/** The columns of numbers by their correlation (Pearson's r) with the outputs, the strongest first; without those of none. */
export function correlateColumns(columns: Column[], rows: Row[], activations: Values, count: number): [name: string, r: number][] {
  const found = columns
    .filter(({ type }) => type === "numeric")
    .map(({ name }): [string, number] => [name, correlate(rows.map((row) => row[name]), activations)]);
  return found.filter(([, r]) => Math.abs(r) > 0.05).toSorted((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, count);
}

function correlate(cells: (Row[string] | undefined)[], activations: Values): number {
  const pairs = cells.flatMap((cell, n) => (typeof cell === "number" && activations[n] != null ? [[cell, activations[n]] as const] : []));
  const mean = (side: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length;
  const [x, y] = [mean(0), mean(1)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [a, b] of pairs) [xy, xx, yy] = [xy + (a - x) * (b - y), xx + (a - x) ** 2, yy + (b - y) ** 2];
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
