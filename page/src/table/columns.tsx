// The columns of a dataset: as cards, or as a table where they are many, with a search, an order and what each says of the target.
import { useMemo } from "preact/hooks";
import type { Column, Dataset } from "../api/shapes";
import { colourRows } from "../shell/classColours";
import { compareNames, formatCount, formatRows } from "../shell/format";
import { route, setQuery } from "../shell/route";
import { readChanges } from "../start/jobDraft";
import { TypeChanges } from "../start/typeChanges";
import { ColumnCard } from "./columnCard";
import { isConstant, type ColumnChoices } from "./columnChoices";
import { ColumnTable } from "./columnTable";
import { SAMPLE_ROWS, useSample } from "./useSample";
import { useStrengths, type Strengths } from "./useStrengths";

/** From so many columns on they are shown as a table, unless one asks for cards. */
const MIN_TABLE = 41;
const MIN_TOOLS = 8;
/** Fewer columns of one value than this are shown among the others. */
const MIN_CONSTANT = 3;
const MAX_CARDS = 60;

const ORDERS = ["explains most", "name", "missing most"] as const;

interface Props {
  dataset: Dataset;
  columns: Column[];
  choices: ColumnChoices;
  onUndoTypes: () => void;
}

export function Columns({ dataset, columns, choices, onUndoTypes }: Props) {
  const rows = dataset.rows ?? 0;
  const sample = useSample(dataset.id, rows, columns.length);
  const target = choices.targets[0];
  const strengths = useStrengths(dataset.id, target, readChanges().task);
  const isClass = strengths?.task === "classification";
  const targetColumn = columns.find(({ name }) => name === target);
  const colours = useMemo(() => (isClass && sample && targetColumn ? colourRows(sample, targetColumn) : undefined), [isClass, sample, targetColumn]);
  const constant = useMemo(() => new Set(columns.filter(isConstant).map(({ name }) => name)), [columns]);
  const { query } = route.value;
  const hidesConstant = constant.size >= MIN_CONSTANT && !query.has("constant");
  const listed = columns.filter(({ name }) => !hidesConstant || !constant.has(name) || choices.targets.includes(name));
  const shown = selectColumns(listed, strengths, choices.targets);
  const view = query.get("view") ?? (listed.length >= MIN_TABLE ? "table" : "cards");
  const coloured = useMemo(() => ({ rows: sample, colours }), [sample, colours]);
  const common = { choices, rows, sample: coloured };
  const cards = query.has("cards") ? shown : shown.slice(0, MAX_CARDS);
  return (
    <section aria-labelledby="columns" class="columns-section">
      <header class="heading">
        <h2 id="columns">Columns</h2>
        {columns.length >= MIN_TOOLS && <ColumnTools shown={shown} listed={listed} choices={choices} view={view} />}
      </header>
      <TypeChanges dataset={dataset} types={choices.types} onUndo={onUndoTypes} />
      {colours && target !== undefined && <Legend names={colours.names} target={target} />}
      {view === "table" ? (
        <ColumnTable columns={shown} strengths={strengths?.byColumn} {...common} />
      ) : (
        <ul class="columns">
          {cards.map((column, place) => (
            <ColumnCard key={column.name} place={place} column={column} strength={strengths?.byColumn.get(column.name)} {...common} />
          ))}
        </ul>
      )}
      {view !== "table" && cards.length < shown.length && (
        <button onClick={() => setQuery({ cards: "all" })}>Show all {formatCount(shown.length)} columns</button>
      )}
      {constant.size >= MIN_CONSTANT && (
        <p class="muted constant-columns">
          {formatCount(constant.size)} columns are constant, so that nothing can be learned from them.{" "}
          <button class="small quiet" onClick={() => setQuery({ constant: hidesConstant ? "1" : null })}>
            {hidesConstant ? "List them" : "Leave them out of the list"}
          </button>
        </p>
      )}
      <p class="muted">{describeFigures(rows, sample?.length, strengths, target)}</p>
    </section>
  );
}

/** The columns that are searched for, in the chosen order; the targets first where they are ordered. */
function selectColumns(columns: Column[], strengths: Strengths | undefined, targets: string[]): Column[] {
  const { query } = route.value;
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = columns.filter(({ name, type }) => words.every((word) => `${name} ${type}`.toLowerCase().includes(word)));
  const order = query.get("sort");
  const strengthOf = ({ name }: Column): number => (targets.includes(name) ? 2 : (strengths?.byColumn.get(name) ?? -1));
  if (order === "explains most") return found.toSorted((one, other) => strengthOf(other) - strengthOf(one));
  if (order === "missing most") return found.toSorted((one, other) => other.missing - one.missing);
  return order === "name" ? found.toSorted((one, other) => compareNames(one.name, other.name)) : found;
}

interface ToolsProps {
  shown: Column[];
  listed: Column[];
  choices: ColumnChoices;
  view: string;
}

function ColumnTools({ shown, listed, choices: { targets, roles, onUse }, view }: ToolsProps) {
  const { query } = route.value;
  const isSearch = Boolean(query.get("q"));
  const names = shown.map(({ name }) => name).filter((name) => !targets.includes(name));
  const which = isSearch ? "those found" : "all";
  return (
    <div class="list-tools column-tools">
      <input
        type="search"
        aria-label="Search columns"
        placeholder="Search columns"
        value={query.get("q") ?? ""}
        onInput={(event) => setQuery({ q: event.currentTarget.value })}
      />
      <select aria-label="Order of columns" value={query.get("sort") ?? ""} onChange={(event) => setQuery({ sort: event.currentTarget.value })}>
        <option value="">as in the file</option>
        {ORDERS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select aria-label="View of columns" value={view} onChange={(event) => setQuery({ view: event.currentTarget.value })}>
        <option value="cards">cards</option>
        <option value="table">table</option>
      </select>
      {!roles && (
        <span class="choices" role="group" aria-label="Inputs">
          <span class="muted">Inputs:</span>
          <button class="small" disabled={names.length === 0} onClick={() => onUse(names, true)}>
            {which}
          </button>
          <button class="small" disabled={names.length === 0} onClick={() => onUse(names, false)}>
            {isSearch ? "none of them" : "none"}
          </button>
        </span>
      )}
      {isSearch && (
        <p class="muted" role="status">
          {shown.length === 0 ? "No column has this in its name." : `${formatCount(shown.length)} of ${formatCount(listed.length)} columns`}
        </p>
      )}
    </div>
  );
}

function Legend({ names, target }: { names: string[]; target: string }) {
  return (
    <p class="legend class-legend">
      <span class="muted">
        Coloured by <bdi>{target}</bdi>:
      </span>
      {names.map((name, place) => (
        <span key={name} class={`class-key class-${place}`}>
          <bdi class="clip" title={name}>
            {name}
          </bdi>
        </span>
      ))}
    </p>
  );
}

function describeFigures(rows: number, sampled: number | undefined, strengths: Strengths | undefined, target: string | undefined): string {
  const parts = [];
  if (sampled !== undefined && sampled < rows) {
    parts.push(`Histograms and colours show the first ${formatRows(Math.min(sampled, SAMPLE_ROWS))}; all other figures are of all rows.`);
  }
  if (strengths?.reason) parts.push(`How much each column explains of ${target} could not be measured: ${strengths.reason}`);
  else if (strengths) {
    const unit = strengths.task === "regression" ? "R²" : "share of the errors of always guessing the most frequent class that it avoids";
    parts.push(`The bar of a column is how much of ${target} it explains alone (${unit}), on rows that it was not fitted to, of a sample of ${formatCount(strengths.rows)}.`);
  }
  return parts.join(" ");
}
