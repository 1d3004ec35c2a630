// Card of one column: type, distribution, missing values, what it says of the target, and its role as target or input.
import type { Column, Row } from "../api/shapes";
import type { SampleClasses } from "../shell/classColours";
import { formatPercent } from "../shell/format";
import { useDeferredValue } from "../shell/useDeferredValue";
import type { ColumnChoices } from "./columnChoices";
import { TargetField, TypeField, UseField } from "./columnFields";
import { describeColumn } from "./describeColumn";
import { Distribution } from "./distribution";
import { StrengthBar } from "./strengthBar";

/** How many cards are drawn at once; the others follow. */
const FIRST_CARDS = 8;

/** The first rows, and the colours of their classes. */
export interface ColouredSample {
  rows: Row[] | undefined;
  colours: SampleClasses | undefined;
}

export interface ColumnViewProps {
  /** Of the line or the card. */
  place: number;
  column: Column;
  choices: ColumnChoices;
  rows: number;
  sample: ColouredSample;
  /** How much of the target it explains alone; null where that was not measured. */
  strength: number | null | undefined;
}

/** How a column is marked: as target, as an input, or as one that is not used. */
export function markColumn({ name }: Column, { targets, roles, features }: ColumnChoices): string {
  const isChosen = roles ? roles.has(name) : targets.includes(name);
  return isChosen ? "target" : features.has(name) ? "" : "unused";
}

export function ColumnCard({ place, column, choices, rows, sample, strength }: ColumnViewProps) {
  const target = choices.targets[0] ?? "";
  const drawn = useDeferredValue(sample, place < FIRST_CARDS ? sample : undefined);
  if (!drawn) return <li class="column card" />;
  return (
    <li class={`column card ${markColumn(column, choices)}`}>
      <TargetField column={column} choices={choices} />
      <TypeField column={column} choices={choices} />
      <Distribution column={column} rows={rows} sample={drawn.rows} colours={drawn.colours} />
      <p class="muted facts">
        <MissingShare column={column} rows={rows} />
        <bdi>{describeColumn(column)}</bdi>
      </p>
      <StrengthBar strength={strength} target={target} />
      <UseField column={column} choices={choices} />
    </li>
  );
}

export function MissingShare({ column, rows }: { column: Column; rows: number }) {
  if (column.missing === 0) return null;
  return <span class="caution">{formatPercent(column.missing / Math.max(rows, 1), 1)} missing · </span>;
}
