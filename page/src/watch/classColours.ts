// Colours of classes in pictures of what a net predicts: the most frequent ones have their own, all others one.
import type { Column } from "../api/shapes";

const COLOURS = ["amber-fill", "blue-fill", "green", "violet", "red", "teal"];
const OTHER = "soft";

export interface ClassColours {
  /** The colour of the theme for a class. */
  of: (label: string) => string;
  /** What stands in a legend: names, and the colour of each. */
  legend: [name: string, colour: string][];
}

/** Colours for classes; where they are more than there are colours, the most frequent of the target have their own. */
export function chooseColours(labels: string[], target: Column | undefined): ClassColours {
  const isMany = labels.length > COLOURS.length;
  const frequent = (target?.top ?? []).map(({ value }) => String(value)).filter((value) => labels.includes(value));
  const shown = isMany ? [...new Set([...frequent, ...labels])].slice(0, COLOURS.length - 1) : labels;
  const colours = new Map(shown.map((label, n) => [label, COLOURS[n] as string]));
  const others: [string, string][] = isMany ? [[`${labels.length - shown.length} other classes`, OTHER]] : [];
  return { of: (label) => colours.get(label) ?? OTHER, legend: [...colours, ...others] };
}
