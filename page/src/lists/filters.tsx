// Filters of a list, kept in the address: search by words, choices as chips, and what was clicked in a row.
import { useDebouncedValue } from "../shell/useDebouncedValue";
import { Icon } from "../shell/icon";
import { setQuery, route } from "../shell/route";

/** Change filters or the order; the list begins anew. */
export const setFilter = (changes: Record<string, string | null>): void => setQuery({ ...changes, page: null });

/** The path of a list with those of these filters that the address has; a search rests until typing does. */
export function useFilters(path: string, names: string[], fixed: Record<string, string> = {}): string {
  const { query } = route.value;
  const search = useDebouncedValue(query.get("q") ?? "");
  const given = names.map((name): [string, string] => [name, name === "q" ? search.trim() : (query.get(name) ?? "")]);
  const parameters = new URLSearchParams([...Object.entries(fixed), ...given.filter(([, value]) => value)]).toString();
  return parameters ? `${path}?${parameters}` : path;
}

/** Whether the address has one of these filters. */
export const isFiltered = (names: string[]): boolean => names.some((name) => name !== "sort" && route.value.query.get(name));

export function SearchBox({ noun }: { noun: string }) {
  return (
    <input
      type="search"
      aria-label={`Search ${noun}`}
      placeholder={`Search ${noun}`}
      maxLength={200}
      value={route.value.query.get("q") ?? ""}
      onInput={(event) => setFilter({ q: event.currentTarget.value })}
    />
  );
}

interface ChoiceProps {
  label: string;
  name: string;
  options: readonly string[];
  /** Whether one alone can be on. */
  isSingle?: boolean;
}

/** Chips that are on or off; none on means all. */
export function Choices({ label, name, options, isSingle = false }: ChoiceProps) {
  const chosen = (route.value.query.get(name) ?? "").split(",").filter(Boolean);
  const toggle = (option: string): void => {
    const others = isSingle && !chosen.includes(option) ? [] : chosen.filter((one) => one !== option);
    setFilter({ [name]: (chosen.includes(option) ? others : [...others, option]).join(",") || null });
  };
  return (
    <div class="chips" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option} class="filter-chip" aria-pressed={chosen.includes(option)} onClick={() => toggle(option)}>
          {option}
        </button>
      ))}
    </div>
  );
}

/** Filters that were clicked in a row, each with a way to take it off. */
export function ActiveFilters({ names }: { names: Record<string, string> }) {
  const { query } = route.value;
  const active = Object.keys(names).filter((name) => query.get(name));
  if (active.length === 0) return null;
  return (
    <div class="chips" role="group" aria-label="Filters">
      {active.map((name) => (
        <button key={name} class="filter-chip" aria-label={`Take off the filter ${name} ${names[name]}`} onClick={() => setFilter({ [name]: null })}>
          <bdi>{names[name]}</bdi> <Icon name="cross" />
        </button>
      ))}
    </div>
  );
}

export function SortSelect({ options }: { options: [string, string][] }) {
  return (
    <select aria-label="Sort by" value={route.value.query.get("sort") ?? ""} onChange={(event) => setFilter({ sort: event.currentTarget.value || null })}>
      <option value="">newest first</option>
      {options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

interface SortHeaderProps {
  /** The key of the API. */
  name: string;
  label: string;
  /** Whether the first press sorts downwards. */
  isDescending?: boolean;
}

/** A heading that sorts: upwards, downwards, and as it was. */
export function SortHeader({ name, label, isDescending = false }: SortHeaderProps) {
  const order = route.value.query.get("sort");
  const [first, second] = isDescending ? [`-${name}`, name] : [name, `-${name}`];
  const next = order === first ? second : order === second ? null : first;
  const direction = order === name ? "ascending" : order === `-${name}` ? "descending" : undefined;
  return (
    <th scope="col" aria-sort={direction}>
      <button class="sort" onClick={() => setFilter({ sort: next })}>
        {label}
        <span aria-hidden="true">{direction === "ascending" ? "↑" : direction === "descending" ? "↓" : "↕"}</span>
      </button>
    </th>
  );
}
