// Card of one column: type, distribution, missing values, and its role as target or input.
import { isAllowed } from "../api/client";
import type { Column, ColumnType, Row } from "../api/shapes";
import { formatCount, formatMoments, formatNumber, formatPercent, parseMoment } from "../shell/format";
import { describeFormat } from "./describeFormat";
import { Histogram } from "./histogram";
import { setTarget, setTargets } from "./jobDraft";
import { describeImages } from "./pictureGallery";

interface Props {
  column: Column;
  rows: number;
  sample: Row[] | undefined;
  targets: string[];
  isUsed: boolean;
  /** What it is in a recommendation, that of users, items or ratings; or the text that is learned from. */
  role: string | undefined;
  /** Whether columns have roles, so that none is chosen here. */
  hasRoles: boolean;
  /** The type that it has, or that was chosen for when the file is read again. */
  type: ColumnType;
  onUse: (isUsed: boolean) => void;
  onType: (type: ColumnType) => void;
}

const TYPES: ColumnType[] = ["numeric", "categorical", "boolean", "datetime", "text"];

export function ColumnCard({ column, rows, sample, targets, isUsed, role, hasRoles, type, onUse, onType }: Props) {
  const format = describeFormat(column.format);
  const isTarget = targets.includes(column.name);
  const toggle = (): void => setTargets(isTarget ? targets.filter((name) => name !== column.name) : [...targets, column.name]);
  const isChosen = hasRoles ? role !== undefined : isTarget;
  return (
    <li class={`column card ${isChosen ? "target" : isUsed ? "" : "unused"}`}>
      {hasRoles ? (
        <p class="target-choice">
          <ColumnName name={column.name} tag={role} />
        </p>
      ) : (
        <label class="target-choice">
          {targets.length > 1 ? (
            <input type="checkbox" checked={isTarget} disabled={!isTarget && column.type !== "numeric"} onChange={toggle} />
          ) : (
            <input type="radio" name="target" checked={isTarget} onChange={() => setTarget(column.name)} />
          )}
          <ColumnName name={column.name} tag={isTarget ? "target" : undefined} />
        </label>
      )}
      <label class="type-choice">
        <span class="visually-hidden">Type of {column.name}</span>
        <select
          value={type}
          disabled={!isAllowed("train") || column.type === "image"}
          onChange={(event) => onType(event.currentTarget.value as ColumnType)}
        >
          {(column.type === "image" ? (["image"] as const) : TYPES).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {format && <span class="muted">{format}</span>}
      </label>
      <Distribution column={column} rows={rows} sample={sample} />
      <p class="muted facts">
        {column.missing > 0 && <span class="caution">{formatPercent(column.missing / Math.max(rows, 1), 1)} missing · </span>}
        <bdi>{describeColumn(column)}</bdi>
      </p>
      {!isTarget && !hasRoles && (
        <label class="feature-choice">
          <input type="checkbox" checked={isUsed} onChange={(event) => onUse(event.currentTarget.checked)} />
          use as input<span class="visually-hidden">: {column.name}</span>
        </label>
      )}
    </li>
  );
}

function ColumnName({ name, tag }: { name: string; tag: string | undefined }) {
  return (
    <>
      <strong>
        <bdi>{name}</bdi>
      </strong>
      {tag && <span class="tag">{tag}</span>}
    </>
  );
}

function describeColumn(column: Column): string {
  if (column.type === "numeric") {
    if (column.min === column.max) return `constant (${formatNumber(column.min as number)})`;
    return `${formatNumber(column.min as number)} to ${formatNumber(column.max as number)}, mean ${formatNumber(column.mean)}`;
  }
  if (column.type === "datetime" && column.min !== null) {
    const [low, high] = [column.min, column.max].map((end) => parseMoment(end) ?? 0) as [number, number];
    const format = formatMoments([low, high]);
    return `${format(low)} to ${format(high)}`;
  }
  if (column.type === "image") return describeImages(column);
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
    return <Histogram values={moments} name={column.name} format={formatMoments(moments)} />;
  }
  const top = column.type === "boolean" ? countBooleans(column, rows) : (column.top ?? []).slice(0, 4);
  const maxCount = Math.max(...top.map((value) => value.count), 1);
  return (
    <ul class="bars">
      {top.map(({ value, count }) => (
        <li key={value}>
          <bdi class="value">{value}</bdi>
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
