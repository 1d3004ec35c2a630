// Card of one column: type, distribution, missing values, and its role as target or input.
import type { Column, Row } from "../api/shapes";
import { formatCount, formatDay, formatNumber, formatPercent, parseMoment } from "../shell/format";
import { Histogram } from "./histogram";

interface Props {
  column: Column;
  rows: number;
  sample: Row[] | undefined;
  isTarget: boolean;
  isUsed: boolean;
  onTarget: () => void;
  onUse: (isUsed: boolean) => void;
}

export function ColumnCard({ column, rows, sample, isTarget, isUsed, onTarget, onUse }: Props) {
  const role = isTarget ? "target" : isUsed ? "" : "unused";
  return (
    <li class={`column card ${role}`}>
      <label class="target-choice">
        <input type="radio" name="target" checked={isTarget} onChange={onTarget} />
        <strong>{column.name}</strong>
        <span class="tag">{isTarget ? "target" : column.type}</span>
      </label>
      <Distribution column={column} rows={rows} sample={sample} />
      <p class="muted facts">
        {column.missing > 0 && <span class="caution">{formatPercent(column.missing / Math.max(rows, 1), 1)} missing · </span>}
        {describeColumn(column)}
      </p>
      {!isTarget && (
        <label class="feature-choice">
          <input type="checkbox" checked={isUsed} onChange={(event) => onUse(event.currentTarget.checked)} />
          use as input<span class="visually-hidden">: {column.name}</span>
        </label>
      )}
    </li>
  );
}

function describeColumn(column: Column): string {
  if (column.type === "numeric") {
    if (column.min === column.max) return `constant (${formatNumber(column.min as number)})`;
    return `${formatNumber(column.min as number)} to ${formatNumber(column.max as number)}, mean ${formatNumber(column.mean)}`;
  }
  if (column.type === "datetime") return `${String(column.min).slice(0, 10)} to ${String(column.max).slice(0, 10)}`;
  if (column.distinct != null) return column.distinct === 1 ? "1 distinct value" : `${formatCount(column.distinct)} distinct values`;
  return column.type;
}

function Distribution({ column, rows, sample }: Pick<Props, "column" | "rows" | "sample">) {
  if (column.type === "numeric" && sample) {
    const values = sample.map((row) => row[column.name]).filter((cell): cell is number => typeof cell === "number");
    return <Histogram values={values} name={column.name} />;
  }
  if (column.type === "datetime" && sample) {
    const moments = sample.map((row) => parseMoment(row[column.name])).filter((moment) => moment !== null);
    return <Histogram values={moments} name={column.name} format={formatDay} />;
  }
  const top = column.type === "boolean" ? countBooleans(column, rows) : (column.top ?? []).slice(0, 4);
  const maxCount = Math.max(...top.map((value) => value.count), 1);
  return (
    <ul class="bars">
      {top.map(({ value, count }) => (
        <li key={value}>
          <span class="value">{value}</span>
          <span class="bar" style={{ width: `${(count / maxCount) * 100}%` }} aria-hidden="true" />
          <span class="muted number">{count}</span>
        </li>
      ))}
    </ul>
  );
}

function countBooleans(column: Column, rows: number): { value: string; count: number }[] {
  const trueCount = column.true ?? 0;
  return [
    { value: "true", count: trueCount },
    { value: "false", count: rows - column.missing - trueCount },
  ];
}
