// What the values of a column are like, in a few words.
import type { Column } from "../api/shapes";
import { formatCount, formatMoments, formatValue, parseMoment } from "../shell/format";
import { describeImages } from "../start/pictureGallery";
import { isConstant } from "./columnChoices";

export function describeColumn(column: Column): string {
  const { type, min, max, mean, distinct } = column;
  if (type === "image") return describeImages(column);
  if (distinct === 0) return "no values";
  if (type === "numeric") {
    if (isConstant(column) || min === max) return `constant (${formatValue(min as number)})`;
    return `${formatValue(min as number)} to ${formatValue(max as number)}, mean ${formatValue(mean)}`;
  }
  if (type === "datetime" && min !== null) {
    const [low, high] = [min, max].map((end) => parseMoment(end) ?? 0) as [number, number];
    const format = formatMoments([low, high]);
    return `${format(low)} to ${format(high)}`;
  }
  if (distinct != null) return distinct === 1 ? "1 distinct value" : `${formatCount(distinct)} distinct values`;
  return type;
}
