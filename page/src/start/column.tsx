// One column as a card: its type, how its values are spread, what is missing, and what part it plays.
import type { Column, Row } from "../api/shapes";
import { figure, percent } from "../shell/figures";
import { Histogram } from "./histogram";

interface Props {
  column: Column;
  rows: number;
  sample: Row[] | undefined;
  isTarget: boolean;
  isUsed: boolean;
  aim: () => void;
  use: (yes: boolean) => void;
}

export function ColumnCard({ column, rows, sample, isTarget, isUsed, aim, use }: Props) {
  const role = isTarget ? "target" : isUsed ? "" : "unused";
  return (
    <li class={`column card ${role}`}>
      <label class="aim">
        <input type="radio" name="target" checked={isTarget} onChange={aim} />
        <strong>{column.name}</strong>
        <span class="tag">{isTarget ? "to predict" : column.type}</span>
      </label>
      <Spread column={column} rows={rows} sample={sample} />
      <p class="soft facts">
        {column.missing > 0 && <span class="odd">{percent(column.missing / Math.max(rows, 1), 1)} missing · </span>}
        {facts(column)}
      </p>
      {!isTarget && (
        <label class="use">
          <input type="checkbox" checked={isUsed} onChange={(event) => use(event.currentTarget.checked)} />
          learn from it
        </label>
      )}
    </li>
  );
}

function facts(column: Column): string {
  if (column.type === "numeric") {
    return `${figure(column.min as number)} to ${figure(column.max as number)}, mean ${figure(column.mean)}`;
  }
  if (column.type === "datetime") return `${String(column.min).slice(0, 10)} to ${String(column.max).slice(0, 10)}`;
  if (column.distinct != null) return `${column.distinct.toLocaleString("en")} different values`;
  return column.type;
}

function Spread({ column, rows, sample }: Pick<Props, "column" | "rows" | "sample">) {
  if (column.type === "numeric" && sample) {
    const values = sample.map((row) => row[column.name]).filter((cell): cell is number => typeof cell === "number");
    return <Histogram values={values} name={column.name} />;
  }
  const top = column.type === "boolean" ? answers(column, rows) : (column.top ?? []).slice(0, 4);
  const most = Math.max(...top.map((value) => value.count), 1);
  return (
    <ul class="bars">
      {top.map(({ value, count }) => (
        <li key={value}>
          <span class="value">{value}</span>
          <span class="bar" style={{ width: `${(count / most) * 100}%` }} aria-hidden="true" />
          <span class="soft number">{count}</span>
        </li>
      ))}
    </ul>
  );
}

function answers(column: Column, rows: number): { value: string; count: number }[] {
  const yes = column.true ?? 0;
  return [
    { value: "true", count: yes },
    { value: "false", count: rows - column.missing - yes },
  ];
}
