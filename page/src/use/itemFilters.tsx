// Filters of what is recommended, by columns that say the same of an item in all its rows.
import type { ItemColumn } from "../api/shapes";
import { formatNumber } from "../shell/format";
import { setQuery } from "../shell/route";

interface Bounds {
  minimum?: number;
  maximum?: number;
}
export type Filters = Record<string, string | Bounds>;

export function ItemFilters({ columns, filter }: { columns: ItemColumn[]; filter: Filters }) {
  if (!columns.length) return null;
  const change = (name: string, value: Filters[string] | undefined): void => {
    const next = Object.fromEntries(Object.entries({ ...filter, [name]: value }).filter(([, one]) => one !== undefined));
    setQuery({ filter: Object.keys(next).length ? JSON.stringify(next) : null });
  };
  return (
    <fieldset class="filters">
      <legend>Only items with</legend>
      {columns.map((column) => (
        <div class="field" key={column.name}>
          {column.type === "numeric" ? (
            <NumberFilter column={column} bounds={filter[column.name]} onChange={(bounds) => change(column.name, bounds)} />
          ) : (
            <ValueFilter column={column} value={filter[column.name]} onChange={(value) => change(column.name, value)} />
          )}
        </div>
      ))}
    </fieldset>
  );
}

interface FieldProps<T> {
  column: ItemColumn;
  onChange: (value: T | undefined) => void;
}

function ValueFilter({ column, value, onChange }: FieldProps<string> & { value: Filters[string] | undefined }) {
  const id = `filter-${column.name}`;
  const chosen = typeof value === "string" ? value : "";
  return (
    <>
      <label for={id}>
        <bdi>{column.name}</bdi>
      </label>
      {column.categories ? (
        <select id={id} value={chosen} onChange={(event) => onChange(event.currentTarget.value || undefined)}>
          <option value="">any</option>
          {column.categories.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        <input id={id} placeholder="any" value={chosen} onChange={(event) => onChange(event.currentTarget.value || undefined)} />
      )}
    </>
  );
}

function NumberFilter({ column, bounds, onChange }: FieldProps<Bounds> & { bounds: Filters[string] | undefined }) {
  const current = typeof bounds === "object" ? bounds : {};
  const change = (name: keyof Bounds, text: string): void => {
    const number = text.trim() === "" ? undefined : Number(text);
    if (number !== undefined && !Number.isFinite(number)) return;
    const next = Object.fromEntries(Object.entries({ ...current, [name]: number }).filter(([, one]) => one !== undefined)) as Bounds;
    onChange(Object.keys(next).length ? next : undefined);
  };
  return (
    <>
      <span class="name">
        <bdi>{column.name}</bdi>
      </span>
      <span class="pair">
        {(["minimum", "maximum"] as const).map((name) => (
          <input
            key={name}
            class="number"
            inputMode="decimal"
            aria-label={`${column.name}, ${name}`}
            placeholder={`${name === "minimum" ? "from" : "to"} ${formatNumber(column[name])}`}
            value={current[name] === undefined ? "" : String(current[name])}
            onChange={(event) => change(name, event.currentTarget.value)}
          />
        ))}
      </span>
    </>
  );
}
