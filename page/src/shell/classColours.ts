// Colours of the classes of a target, the same before a training and after it.
import type { Column, Row } from "../api/shapes";
import { compareNames } from "./format";

/** The colours of the theme, as of `.class-0` and those after it; the rarer of many classes share the last. */
const COLOURS = ["amber-fill", "blue-fill", "green", "violet", "teal", "soft"];
const OTHER = COLOURS.length - 1;

export interface ClassColours {
  /** The place of the colour of a class. */
  placeOf: (label: string) => number;
  /** The colour of the theme for a class. */
  of: (label: string) => string;
  /** What stands in a legend: names, and the colour of each. */
  legend: [name: string, colour: string][];
}

/** Colours in the order of names; where there are more classes than colours, the most frequent of the target have their own. */
export function chooseColours(labels: string[], target: Pick<Column, "top"> | undefined): ClassColours {
  const frequent = (target?.top ?? []).map(({ value }) => String(value));
  const all = [...new Set([...frequent, ...labels.toSorted(compareNames)])];
  const isMany = all.length > COLOURS.length;
  const names = all.slice(0, isMany ? OTHER : all.length).sort(compareNames);
  const places = new Map(names.map((name, place) => [name, place]));
  const placeOf = (label: string): number => places.get(label) ?? OTHER;
  const of = (label: string): string => COLOURS[placeOf(label)] as string;
  const others: [string, string][] = isMany ? [[`${all.length - names.length} other classes`, COLOURS[OTHER] as string]] : [];
  return { placeOf, of, legend: [...names.map((name): [string, string] => [name, of(name)]), ...others] };
}

export interface SampleClasses {
  /** The names of the classes in the order of their colours. */
  names: string[];
  /** The place of the colour of each row of the sample; -1 where the target is missing. */
  ofRows: number[];
}

/** The classes of the rows of a sample; undefined where there are fewer than two. */
export function colourRows(sample: Row[], target: Pick<Column, "name" | "top">): SampleClasses | undefined {
  const classes = sample.map((row) => (row[target.name] == null ? undefined : String(row[target.name])));
  const { placeOf, legend } = chooseColours([...new Set(classes)].filter((name) => name !== undefined), target);
  if (legend.length < 2) return undefined;
  return { names: legend.map(([name]) => name), ofRows: classes.map((name) => (name === undefined ? -1 : placeOf(name))) };
}
