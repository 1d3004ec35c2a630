// Which columns of a table say who chose what, and with which rating.
import type { Column } from "../api/shapes";

export interface RecommendationColumns {
  user: string;
  item: string;
  /** The column of ratings; that of the items where every row is a choice. */
  target: string;
}

const MAX_RATINGS = 101;
const USER = /user|reader|customer|member|person|client|listener|viewer|player|patient|student|account/i;
const ITEM = /item|book|film|movie|product|song|track|artist|article|game|title|isbn|sku/i;
const RATING = /rating|stars|score|grade|vote/i;

/**
 * The columns by their names, and else by their values: users and items come again and again.
 *
 * @returns undefined where the table cannot be one of ratings or choices
 */
export function guessColumns(columns: Column[], rows: number): RecommendationColumns | undefined {
  const named = columns.filter((column) => canNameThings(column, rows));
  const byCount = named.toSorted((one, other) => countDistinct(other) - countDistinct(one));
  const user = named.find(({ name }) => USER.test(name)) ?? byCount.slice(0, 2).toSorted(inOrderOf(columns))[0];
  const item = named.find((column) => ITEM.test(column.name) && column !== user) ?? byCount.find((column) => column !== user);
  if (!user || !item) return undefined;
  const numbers = columns.filter((column) => column.type === "numeric" && column !== user && column !== item);
  const few = numbers.filter(({ distinct }) => distinct != null && distinct > 1 && distinct <= MAX_RATINGS);
  const rating = numbers.find(({ name }) => RATING.test(name)) ?? few[0];
  return { user: user.name, item: item.name, target: rating?.name ?? item.name };
}

/** Whether a column may be one of users or items; what has a value for each row names nothing that comes again. */
export const canNameThings = (column: Column, rows: number): boolean =>
  ["categorical", "text", "numeric"].includes(column.type) && (column.distinct == null || (column.distinct >= 2 && column.distinct < rows));

const countDistinct = ({ distinct }: Column): number => distinct ?? 0;

const inOrderOf =
  (columns: Column[]) =>
  (one: Column, other: Column): number =>
    columns.indexOf(one) - columns.indexOf(other);
