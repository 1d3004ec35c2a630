// Distribution of the values of a column: a histogram of numbers and dates, the most frequent of all others.
import { useMemo } from "preact/hooks";
import type { Cell, Column, Row } from "../api/shapes";
import type { SampleClasses } from "../shell/classColours";
import { formatCount, formatMoments, parseMoment } from "../shell/format";
import { Histogram } from "./histogram";

interface Props {
  column: Column;
  rows: number;
  sample: Row[] | undefined;
  colours: SampleClasses | undefined;
  /** How many of the most frequent values are named; none leaves only the bars. */
  named?: number;
}

export function Distribution({ column, rows, sample, colours, named = 4 }: Props) {
  const isBinned = column.type === "numeric" || column.type === "datetime";
  const read = column.type === "datetime" ? parseMoment : readNumber;
  const cells = useMemo(() => isBinned && sample && readCells(sample, column.name, read, colours), [sample, column, colours]);
  if (isBinned) {
    if (!cells) return <span class="histogram" />;
    const format = column.type === "datetime" ? { format: formatMoments(cells.values) } : {};
    return <Histogram values={cells.values} classes={cells.classes} name={column.name} {...format} />;
  }
  return <ValueBars column={column} rows={rows} sample={sample} colours={colours} named={named} />;
}

const readNumber = (cell: Cell | undefined): number | null => (typeof cell === "number" ? cell : null);

interface ReadCells {
  values: number[];
  classes: number[] | undefined;
}

function readCells(sample: Row[], name: string, read: (cell: Cell | undefined) => number | null, colours: SampleClasses | undefined): ReadCells {
  const values: number[] = [];
  const classes: number[] = [];
  sample.forEach((row, n) => {
    const value = read(row[name]);
    if (value === null) return;
    values.push(value);
    classes.push(colours?.ofRows[n] ?? -1);
  });
  return { values, classes: colours && classes };
}

function ValueBars({ column, rows, sample, colours, named }: Required<Props>) {
  const top = column.type === "boolean" ? countBooleans(column, rows) : (column.top ?? []);
  const shown = top.slice(0, named || top.length);
  const maxCount = Math.max(...top.map((value) => value.count), 1);
  const shares = useMemo(() => colours && sample && shareClasses(sample, column.name, colours), [sample, column, colours]);
  if (named === 0) {
    const words = shown.map(({ value, count }) => `${value}: ${formatCount(count)}`).join(", ");
    return (
      <span class="value-columns" role="img" aria-label={`Most frequent: ${words}`} title={words}>
        {shown.map(({ value, count }) => (
          <span key={value} class="stack" style={{ height: `${(count / maxCount) * 100}%` }}>
            <Shares shares={shares?.get(value)} />
          </span>
        ))}
      </span>
    );
  }
  return (
    <ul class="bars">
      {shown.map(({ value, count }) => (
        <li key={value}>
          <bdi class="value" title={value}>
            {value}
          </bdi>
          <span class="bar stack" style={{ width: `${(count / maxCount) * 100}%` }} aria-hidden="true">
            <Shares shares={shares?.get(value)} />
          </span>
          <span class="muted number">{formatCount(count)}</span>
        </li>
      ))}
    </ul>
  );
}

/** The parts of a bar that each class has; one part where there are no classes. */
function Shares({ shares = [1] }: { shares: number[] | undefined }) {
  return (
    <>
      {shares.map((share, place) => share > 0 && <i key={place} class={`class-${place}`} style={{ flexGrow: share }} />)}
    </>
  );
}

/** How many rows of the sample each class has of each value. */
function shareClasses(sample: Row[], name: string, { names, ofRows }: SampleClasses): Map<string, number[]> {
  const shares = new Map<string, number[]>();
  sample.forEach((row, n) => {
    const place = ofRows[n] ?? -1;
    if (row[name] == null || place < 0) return;
    const key = String(row[name]);
    const counts = shares.get(key) ?? new Array<number>(names.length).fill(0);
    counts[place] = (counts[place] ?? 0) + 1;
    shares.set(key, counts);
  });
  return shares;
}

function countBooleans(column: Column, rows: number): { value: string; count: number }[] {
  const trueCount = column.true ?? 0;
  return [
    { value: "true", count: trueCount },
    { value: "false", count: rows - column.missing - trueCount },
  ];
}
