// How the cells of a column are written, in a few words.
import type { Column } from "../api/shapes";

export function describeFormat(format: Column["format"]): string {
  if (!format) return "";
  const parts = [
    format.decimal === "comma" && "decimal comma",
    format.units.length > 0 && `in ${format.units.join(", ")}`,
    format.duration && "durations, in seconds",
    format.date_order === "day_first" && "day first",
    format.date_order === "month_first" && "month first",
    format.missing_values.length > 0 && `${format.missing_values.map((text) => `“${text}”`).join(", ")} = missing`,
    format.labels.length > 0 && format.labels.join(" / "),
  ];
  return parts.filter(Boolean).join(" · ");
}
