// Table of many columns, a line each, of which only those in view are drawn.
import { useMemo } from "preact/hooks";
import type { Column } from "../api/shapes";
import { Term } from "../help/term";
import { useDeferredValue } from "../shell/useDeferredValue";
import { type ColouredSample, type ColumnViewProps, markColumn, MissingShare } from "./columnCard";
import type { ColumnChoices } from "./columnChoices";
import { TargetField, TypeField, UseField } from "./columnFields";
import { describeColumn } from "./describeColumn";
import { Distribution } from "./distribution";
import { StrengthBar } from "./strengthBar";
import { useVirtualRows } from "./virtualRows";

/** The height of a line, as the style sheet has it. */
const LINE_HEIGHT = 56;

interface Props {
  columns: Column[];
  choices: ColumnChoices;
  rows: number;
  sample: ColouredSample;
  strengths: Map<string, number | null> | undefined;
}

export function ColumnTable({ columns, choices, rows, sample, strengths }: Props) {
  const { ref, first, end } = useVirtualRows<HTMLTableSectionElement>(columns.length, LINE_HEIGHT);
  const target = choices.targets[0] ?? "";
  return (
    <table class="column-table card" aria-rowcount={columns.length + 1}>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Type</th>
          <th scope="col">Values</th>
          <th scope="col">{strengths && <Term name="explained share">Explains</Term>}</th>
          <th scope="col">{!choices.roles && <Term name="input column">Input</Term>}</th>
        </tr>
      </thead>
      <tbody ref={ref}>
        <Spacer lines={first} />
        {columns.slice(first, end).map((column, n) => (
          <ColumnLine
            key={column.name}
            place={first + n + 2}
            column={column}
            choices={choices}
            rows={rows}
            sample={sample}
            strength={strengths?.get(column.name)}
            target={target}
          />
        ))}
        <Spacer lines={columns.length - end} />
      </tbody>
    </table>
  );
}

function Spacer({ lines }: { lines: number }) {
  if (lines <= 0) return null;
  return (
    <tr class="spacer" aria-hidden="true">
      <td colSpan={5} style={{ height: `${lines * LINE_HEIGHT}px` }} />
    </tr>
  );
}

interface LineProps extends ColumnViewProps {
  target: string;
}

/** A line, its name first; it is drawn anew only when something in it has changed, and not with every block that is scrolled into view. */
function ColumnLine(props: LineProps) {
  const { place, column, choices, rows, sample, strength, target } = props;
  const drawn = useDeferredValue(sample);
  return useMemo(
    () => (
    <tr class={markColumn(column, choices)} aria-rowindex={place}>
      <th scope="row">
        <TargetField column={column} choices={choices} />
        <p class="muted facts">
          <MissingShare column={column} rows={rows} />
          <bdi>{describeColumn(column)}</bdi>
        </p>
      </th>
      <td>{drawn && <TypeField column={column} choices={choices} />}</td>
      <td>{drawn && <Distribution column={column} rows={rows} sample={drawn.rows} colours={drawn.colours} named={0} />}</td>
      <td>
        <StrengthBar strength={strength} target={target} />
      </td>
      <td>
        <UseField column={column} choices={choices} />
      </td>
    </tr>
    ),
    [drawn, place, column, choices, rows, strength, target],
  );
}
