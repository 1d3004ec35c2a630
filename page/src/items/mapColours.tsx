// Colours of a map's points by a column of the items, and the choice of that column.
import type { JobItemMap } from "../api/shapes";
import { route, setQuery } from "../shell/route";
import { SERIES_COLOURS } from "../shell/theme";

type MapData = Pick<JobItemMap, "items" | "columns">;

/** The chosen column as a part of a query; empty where none is chosen. */
export function columnQuery(): string {
  const column = route.value.query.get("colour");
  return column ? `&column=${encodeURIComponent(column)}` : "";
}

/** The colour of each value: of the most frequent ones on the map, as many as there are colours. */
export function colourValues({ items }: MapData): Map<string, string> {
  const counts = new Map<string, number>();
  for (const { value } of items) if (value != null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const frequent = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, SERIES_COLOURS.length);
  return new Map(frequent.map(([value], n) => [value, SERIES_COLOURS[n] as string]));
}

export function ColourChoice({ columns }: { columns: string[] }) {
  if (!columns.length) return null;
  return (
    <label class="choices">
      <span class="muted">Colour:</span>
      <select value={route.value.query.get("colour") ?? ""} onChange={(event) => setQuery({ colour: event.currentTarget.value || null })}>
        <option value="">none</option>
        {columns.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function ColourLegend({ colours, map }: { colours: Map<string, string>; map: MapData }) {
  const isPart = map.items.some(({ value }) => value == null || !colours.has(value));
  if (!colours.size) return null;
  return (
    <p class="legend muted">
      {[...colours].map(([value, colour]) => (
        <span key={value} class={`key ${colour}`}>
          <bdi class="clip" title={value}>
            {value}
          </bdi>
        </span>
      ))}
      {isPart && <span class="key">others</span>}
    </p>
  );
}
