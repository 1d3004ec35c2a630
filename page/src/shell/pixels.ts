// Pixels in columns: numbers of one range whose names count up, as many as a square has, are a picture in each row.
import type { Cell, Column, Row } from "../api/shapes";

export interface Pixels {
  /** The columns, row by row of the picture. */
  names: string[];
  side: number;
  /** The values of black and white. */
  low: number;
  high: number;
}

const MIN_SIDE = 5;
/** At least this share of the columns reaches the lowest value, and at least so many the middle of the range. */
const MIN_DARK_SHARE = 0.5;
const MIN_BRIGHT_SHARE = 0.2;
const COUNTED = /^(.*?)(\d+)(?:(\D+)(\d+))?$/;

/** The columns of a table that are the pixels of a picture, such as pixel0, pixel1 and so on, or 1x1, 1x2 and so on. */
export function findPixels(columns: Column[]): Pixels | undefined {
  const groups = new Map<string, { column: Column; first: number; second: number | undefined }[]>();
  for (const column of columns) {
    const match = COUNTED.exec(column.name);
    if (column.type !== "numeric" || !match) continue;
    const [, prefix, first, separator, second] = match;
    const key = `${prefix}\n${separator ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), { column, first: Number(first), second: second === undefined ? undefined : Number(second) }]);
  }
  for (const group of groups.values()) {
    const side = Math.round(Math.sqrt(group.length));
    const [start] = group;
    if (side < MIN_SIDE || side * side !== group.length || !start) continue;
    const counts = group.every(({ first, second }, place) =>
      second === undefined
        ? first - start.first === place
        : first - start.first === Math.floor(place / side) && second - (start.second ?? 0) === place % side,
    );
    const low = Math.min(...group.map(({ column }) => Number(column.min)));
    const high = Math.max(...group.map(({ column }) => Number(column.max)));
    const share = (test: (column: Column) => boolean): number => group.filter(({ column }) => test(column)).length / group.length;
    const hasOneRange =
      high > low &&
      share(({ min }) => min === low) >= MIN_DARK_SHARE &&
      share(({ max }) => Number(max) >= (low + high) / 2) >= MIN_BRIGHT_SHARE;
    if (counts && hasOneRange) return { names: group.map(({ column }) => column.name), side, low, high };
  }
  return undefined;
}

/** How bright each pixel of a row is, from 0 to 1; one that is missing is black. */
export const brightnessOf = ({ names, low, high }: Pixels, row: Row): number[] =>
  names.map((name) => Math.min(Math.max((toNumber(row[name]) - low) / (high - low), 0), 1));

/** The cells that have this brightness (0 to 1) in each pixel. */
export const toCells = ({ names, low, high }: Pixels, brightness: number[]): Row =>
  Object.fromEntries(names.map((name, place) => [name, toValue(low, high, brightness[place] ?? 0)]));

function toValue(low: number, high: number, brightness: number): number {
  const value = low + brightness * (high - low);
  return high - low > 4 ? Math.round(value) : value;
}

const toNumber = (cell: Cell | undefined): number => (typeof cell === "number" ? cell : 0);
