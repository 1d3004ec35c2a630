// Colours of the classes of a target, by which the values of other columns are told apart.
import type { Row } from "../api/shapes";
import { compareNames } from "../shell/format";

/** The most classes with a colour of their own; beyond these the rarer ones share the last. */
const MAX_COLOURS = 6;

export interface ClassColours {
  /** The names of the classes in the order of their colours. */
  names: string[];
  /** The place of the colour of each row of the sample; -1 where the target is missing. */
  ofRows: number[];
}

export function colourClasses(sample: Row[], target: string): ClassColours | undefined {
  const classes = sample.map((row) => (row[target] == null ? undefined : String(row[target])));
  const counts = new Map<string, number>();
  for (const name of classes) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size < 2) return undefined;
  const byCount = [...counts].sort((one, other) => other[1] - one[1]).map(([name]) => name);
  const isMany = byCount.length > MAX_COLOURS;
  const names = byCount.slice(0, isMany ? MAX_COLOURS - 1 : MAX_COLOURS).sort(compareNames);
  const others = byCount.length - names.length;
  const places = new Map(names.map((name, place) => [name, place]));
  return {
    names: isMany ? [...names, `${others} other classes`] : names,
    ofRows: classes.map((name) => (name === undefined ? -1 : places.get(name) ?? names.length)),
  };
}
