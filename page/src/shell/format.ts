// Formatting of numbers, percentages, times and sizes.

const LANGUAGE = "en";
const INTEGER = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat(LANGUAGE, { notation: "compact", maximumFractionDigits: 1 });
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });

export const formatCount = (n: number): string => INTEGER.format(n);
export const formatCompact = (n: number): string => COMPACT.format(n);
export const formatRows = (n: number): string => (n === 1 ? "1 row" : `${formatCount(n)} rows`);

/** A number with `digits` significant digits; a dash for null. */
export function formatNumber(n: number | null | undefined, digits = 4, useGrouping: "auto" | "min2" = "auto"): string {
  if (n == null) return "–";
  if (n === 0) return "0";
  const size = Math.abs(n);
  if (size >= 1e7 || size < 1e-4) return n.toExponential(Math.max(digits - 2, 1));
  if (size >= 10 ** digits) return INTEGER.format(n);
  return formatterOf(digits, useGrouping).format(Number(n.toPrecision(digits)));
}

const formatters = new Map<string, Intl.NumberFormat>();

/** The formatter of numbers with so many digits, which is slow to make and quick to use. */
function formatterOf(digits: number, useGrouping: "auto" | "min2"): Intl.NumberFormat {
  const key = `${digits} ${useGrouping}`;
  const formatter = formatters.get(key) ?? new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: digits, useGrouping });
  formatters.set(key, formatter);
  return formatter;
}

/** A value of a column: four digits are not grouped, since they may be a year. */
export const formatValue = (n: number | null | undefined): string => formatNumber(n, 4, "min2");

const MAX_DECIMALS = 12;

/** Two numbers with as many decimals as show how they differ: two digits of their difference, and four at least. */
export function formatChange(before: number, after: number): [string, string] {
  const difference = Math.abs(after - before);
  const needed = difference > 0 ? Math.ceil(-Math.log10(difference)) + 1 : 0;
  const decimals = Math.min(Math.max(needed, 4), MAX_DECIMALS);
  return [before.toFixed(decimals), after.toFixed(decimals)];
}

/** A share as a percentage; more digits, or a bound, keep what is not all from reading 100%, and what is not none 0%. */
export function formatPercent(share: number, digits = 0): string {
  const isPart = share > 0 && share < 1;
  for (let d = digits; d <= digits + 2; d += 1) {
    const text = (share * 100).toFixed(d);
    if (!isPart || (Number(text) > 0 && Number(text) < 100)) return `${text}%`;
  }
  const least = 10 ** -(digits + 2);
  return share < 0.5 ? `< ${least}%` : `> ${100 - least}%`;
}

/** A share as a percentage with one digit more; a dash for null. */
export const formatShare = (share: number | null | undefined): string =>
  share == null ? "–" : formatPercent(share, share === 0 || share === 1 ? 0 : 1);

const SHARES = new Set(["accuracy", "f1", "macro_f1", "precision", "recall", "recall_at_10"]);

/** Whether a metric is a share of rows, from 0 to 1. */
export const isShare = (name: string): boolean => SHARES.has(name);

/** A metric by its name: shares as percentages, all others as numbers. */
export const formatMetric = (name: string, value: number | null | undefined): string =>
  SHARES.has(name) ? formatShare(value) : formatNumber(value);

const DAY_SECONDS = 86_400;

/** Moments in seconds since 1970, in UTC: as days, or as times if all are on the first day, on which times of day are read. */
export function formatMoments(moments: (number | null)[]): (seconds: number) => string {
  const areTimes = moments.every((moment) => moment === null || (moment >= 0 && moment < DAY_SECONDS));
  return (seconds) => new Date(seconds * 1000).toISOString().slice(...(areTimes ? [11, 16] : [0, 10]));
}

/** The most digits of a number in a cell that is no integer; those behind say nothing. */
const CELL_DIGITS = 8;

/** The value of a cell; a moment without what says nothing: the day of a time of day, or the time of a day. */
export function formatCell(cell: unknown): string {
  if (cell == null) return "missing";
  if (typeof cell === "number") return String(Number.isInteger(cell) ? cell : Number(cell.toPrecision(CELL_DIGITS)));
  const moment = parseMoment(cell);
  if (moment === null) return String(cell);
  const text = String(cell).replace(/(?:\.0+)?Z$/, "");
  if (moment >= 0 && moment < DAY_SECONDS) return text.slice(11);
  return moment % DAY_SECONDS === 0 ? text.slice(0, 10) : text.replace("T", " ");
}

/** The seconds since 1970 of an RFC 3339 moment; null for what is none. */
export function parseMoment(value: unknown): number | null {
  const isMoment = typeof value === "string" && /^\d{4}-\d{2}-\d{2}T/.test(value);
  return isMoment ? Date.parse(value) / 1000 : null;
}

export function formatBytes(n: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const step = n < 1 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), units.length - 1);
  return `${formatNumber(n / 1000 ** step, 3)} ${units[step]}`;
}

/** A duration: `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return "under a second";
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60 ? `${s % 60} s` : ""}`.trim();
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${formatCount(s / 86_400)} days`;
}

const MOMENT = new Intl.DateTimeFormat(LANGUAGE, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

/** The day and the time of a moment, in the time zone of the browser. */
export const formatMoment = (moment: string): string => MOMENT.format(Date.parse(moment));

/** How long ago a moment was. */
export function formatAge(moment: string): string {
  const seconds = (Date.parse(moment) - Date.now()) / 1000;
  if (seconds > -45) return "just now";
  if (seconds > -3600) return RELATIVE.format(Math.round(seconds / 60), "minute");
  if (seconds > -86_400) return RELATIVE.format(Math.round(seconds / 3600), "hour");
  return RELATIVE.format(Math.round(seconds / 86_400), "day");
}

const TERMS: Record<string, string> = {
  auc: "ROC AUC",
  cross_entropy: "cross-entropy",
  huber: "Huber",
  macro_f1: "macro F1",
  mae: "MAE",
  map_at_10: "MAP at 10",
  mse: "MSE",
  ndcg_at_10: "NDCG at 10",
  r2: "R²",
  rmse: "RMSE",
};

/** A name of the API in words: `rmse` becomes `RMSE`, `log_loss` becomes `log loss`. */
export const toWords = (name: string): string => TERMS[name] ?? name.replaceAll("_", " ");

/** The field that a JSON Pointer into a body names: `#/first registered` is `first registered`. */
export const formatPointer = (pointer: string): string =>
  pointer.replace(/^#\//, "").replaceAll("/", " ").replaceAll("~1", "/").replaceAll("~0", "~");

/** What is wrong with a field, and the name or value that was probably meant. */
export const formatFault = ({ detail, suggestion }: { detail: string; suggestion: string | null }): string =>
  suggestion ? `${detail}; did you mean ${suggestion}?` : detail;

/** A text of at most `maxLength` characters: the middle of a longer one is left out, since names often differ at their end. */
export function shorten(text: string, maxLength = 40): string {
  const characters = Array.from(text);
  if (characters.length <= maxLength) return text;
  const head = Math.ceil((maxLength - 1) / 2);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (maxLength - 1 - head)).join("")}`;
}

/** Orders names as people do: a2 before a10. */
export const compareNames = (one: string, other: string): number => one.localeCompare(other, undefined, { numeric: true });
