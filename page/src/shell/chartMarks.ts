// Marks of a chart: moments across, values upwards, and spans of moments, each named where it lies.
export interface Mark {
  /** Whether it is a value of x, at which a line stands upright, or one of y. */
  axis: "x" | "y";
  at: number;
  /** Where a span of x that begins at `at` ends. */
  until?: number;
  label: string;
  /** A colour of the theme. */
  colour: string;
}

/** How many times as high as its data a chart may become to show a mark; one farther away is named at the edge. */
const MAX_STRETCH = 2.5;

/** The range of y that shows the data and those marks that are not too far away. */
export function includeMarks(min: number, max: number, marks: Mark[], isLog: boolean): [number, number] {
  const scale = (value: number): number => (isLog ? Math.log(value) : value);
  const limit = MAX_STRETCH * Math.max(scale(max) - scale(min), isLog ? 1 : Math.abs(max) * 0.1, 1e-12);
  let [low, high] = [min, max];
  for (const { axis, at } of marks) {
    if (axis !== "y" || (isLog && at <= 0)) continue;
    if (Math.max(scale(at), scale(high)) - Math.min(scale(at), scale(low)) > limit) continue;
    [low, high] = [Math.min(low, at), Math.max(high, at)];
  }
  return [low, high];
}

/** The marks as a sentence, for those who do not see them; empty without any. */
export const describeMarks = (marks: Mark[]): string => (marks.length ? ` Marked: ${marks.map(({ label }) => label).join("; ")}.` : "");
