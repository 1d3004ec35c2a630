// Tools above a list: search by words, filter by status, order. They are kept in the address.
import { setQuery, route } from "../shell/route";

export interface Sorting<T> {
  name: string;
  compare: (one: T, other: T) => number;
}

interface Props {
  noun: string;
  statuses?: readonly string[];
  sortings: string[];
}

export function ListTools({ noun, statuses, sortings }: Props) {
  const { query } = route.value;
  return (
    <div class="list-tools">
      <input
        type="search"
        aria-label={`Search ${noun}`}
        placeholder={`Search ${noun}`}
        value={query.get("q") ?? ""}
        onInput={(event) => setQuery({ q: event.currentTarget.value })}
      />
      {statuses && (
        <select aria-label="Status" value={query.get("status") ?? ""} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
          <option value="">any status</option>
          {statuses.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
      )}
      <select aria-label="Sort by" value={query.get("sort") ?? ""} onChange={(event) => setQuery({ sort: event.currentTarget.value })}>
        <option value="">newest first</option>
        {sortings.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}

/** The items whose text has every word that is searched for, in the chosen order; newest first where none is chosen. */
export function selectItems<T>(items: T[], textOf: (item: T) => string, sortings: Sorting<T>[]): T[] {
  const { query } = route.value;
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((item) => {
    const text = textOf(item).toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const sorting = sortings.find(({ name }) => name === query.get("sort"));
  return sorting ? found.toSorted(sorting.compare) : found;
}

/** Orders names as people do: a2 before a10. */
export const compareNames = (one: string, other: string): number => one.localeCompare(other, undefined, { numeric: true });

/** The filter of a list as the query of its path. */
export function statusFilter(statuses: readonly string[]): string {
  const status = route.value.query.get("status");
  return status && statuses.includes(status) ? `?status=${status}` : "";
}

/** Says where a search has not looked. */
export function SearchScope({ shown, loaded, hasMore }: { shown: number; loaded: number; hasMore: boolean }) {
  const isSearch = Boolean(route.value.query.get("q"));
  if (!isSearch && !(hasMore && route.value.query.get("sort"))) return null;
  return (
    <p class="muted" role="status">
      {isSearch && (shown ? `${shown} found. ` : "Nothing found. ")}
      {hasMore && `Only the newest ${loaded} are looked at; load more to see the others.`}
    </p>
  );
}
