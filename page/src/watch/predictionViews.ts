// Ways to show what a net predicts at an epoch, and the rows that each of them asks about.
import type { Column, NetWeights, Row, Spec } from "../api/shapes";

/** Over two columns, along one, predicted against actual values, or some rows one by one. */
export type View = "plane" | "curve" | "scatter" | "examples";

/** Rows to predict, and the cells of all columns that they leave out. */
export interface ReplayQuery {
  rows: Row[];
  defaults: Row;
}

const CURVE_POINTS = 96;
/** How much wider than the middle 98% of its values a column may be to be shown whole. */
const MAX_TAIL = 4;

/** The columns that a net may learn from. */
export function listInputs(spec: Spec, columns: Column[], targets: string[]): Column[] {
  return columns.filter(({ name }) => (spec.features?.includes(name) ?? true) && !targets.includes(name));
}

/** The ways there are, the best first. */
export function listViews(spec: Pick<Spec, "task" | "target">, inputs: Column[], hasPictures: boolean): View[] {
  if (spec.task === "recommendation" || spec.task === "language" || spec.target == null || !inputs.length) return [];
  const numeric = inputs.filter(isAxis).length;
  const over: View[] = numeric >= 2 ? ["plane"] : numeric === 1 ? ["curve"] : [];
  if (spec.task === "regression") return inputs.length <= 2 && over.length ? [...over, "scatter"] : ["scatter", ...over];
  return hasPictures || !over.length ? ["examples", ...over] : [...over, "examples"];
}

/** Whether a column can be an axis: of numbers, and not of one alone. */
export const isAxis = ({ type, min, max }: Column): boolean => type === "numeric" && min !== null && max !== min;

/** The range of an axis: all values, unless a few lie far from the others. */
export function rangeOf({ min, max, quantiles }: Column): [number, number] {
  const whole: [number, number] = [Number(min), Number(max)];
  const [low, high] = [quantiles?.p01, quantiles?.p99];
  const isWide = low !== undefined && high !== undefined && high > low && whole[1] - whole[0] > MAX_TAIL * (high - low);
  return isWide ? [low, high] : whole;
}

/** How many points each axis of the plane has: fewer where there are many numbers for each. */
export const sideOf = (outputs: number): number => (outputs <= 4 ? 32 : outputs <= 12 ? 24 : 16);

/** Rows on a regular grid over the ranges of both columns, line by line from the top. */
export function gridRows(x: Column, y: Column, side: number): Row[] {
  return Array.from({ length: side * side }, (_, n) => ({
    [x.name]: at(x, (n % side) / (side - 1)),
    [y.name]: at(y, 1 - Math.floor(n / side) / (side - 1)),
  }));
}

/** Rows along the range of a column. */
export const lineRows = (x: Column): Row[] => Array.from({ length: CURVE_POINTS }, (_, n) => ({ [x.name]: at(x, n / (CURVE_POINTS - 1)) }));

function at(column: Column, share: number): number {
  const [low, high] = rangeOf(column);
  return low + share * (high - low);
}

/** The mean or the most frequent value of each column but some; a column without either is left out. */
export function typicalRow(columns: Column[], rows: number, but: Column[]): Row {
  const typical = ({ type, mean, top, true: trueCount }: Column): Row[string] =>
    type === "numeric" ? mean : type === "boolean" ? 2 * (trueCount ?? 0) > rows : type === "categorical" ? (top?.[0]?.value ?? null) : null;
  const others = columns.filter((column) => !but.includes(column));
  return Object.fromEntries(others.map((column) => [column.name, typical(column)] as const).filter(([, value]) => value !== null));
}

/** The columns by the weights of their inputs in the first layer, the strongest first. */
export function rankColumns(columns: Column[], net: Pick<NetWeights, "inputs" | "layers"> | undefined): Column[] {
  const weights = net?.layers[0]?.weights ?? [];
  const strength = new Map<string, number>();
  net?.inputs.forEach(({ name }, place) => {
    const owner = columns.filter((column) => name === column.name || name.startsWith(`${column.name} `) || name.startsWith(`${column.name},`));
    const own = owner.toSorted((a, b) => b.name.length - a.name.length)[0]?.name;
    const sum = (weights[place] ?? []).reduce<number>((total, weight) => total + Math.abs(weight ?? 0), 0);
    if (own !== undefined) strength.set(own, Math.max(strength.get(own) ?? 0, sum));
  });
  return columns.toSorted((a, b) => (strength.get(b.name) ?? 0) - (strength.get(a.name) ?? 0));
}
