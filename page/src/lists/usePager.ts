// Hook for one page of a list at a time, which is fetched again while it is looked at, one request at a time.
// The pages before it are in the address, so that a reload shows the same page; the rows stay until others arrive.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { apiKey, get, Problem } from "../api/client";
import type { List } from "../api/shapes";
import { useRefresh } from "../api/useLive";
import { setQuery, route } from "../shell/route";

const PAGE_SIZE = 50;
const NOT_FOUND = 404;

export interface Pager<T> {
  items: T[] | undefined;
  problem: Problem | undefined;
  refresh: () => void;
  /** Whether the rows are those of an earlier request, as another one is under way. */
  isStale: boolean;
  page: number;
  toNext: (() => void) | undefined;
  toPrevious: (() => void) | undefined;
}

/**
 * @param path the list, with its filters
 * @param isChanging whether an item may change soon, so that the list is fetched more often
 */
export function usePager<T>(path: string, isChanging: (item: T) => boolean): Pager<T> {
  const starts = (route.value.query.get("page") ?? "").split(",").filter(Boolean);
  const after = starts.at(-1);
  const address = `${path}${path.includes("?") ? "&" : "?"}limit=${PAGE_SIZE}${after ? `&after=${encodeURIComponent(after)}` : ""}`;
  const [state, setState] = useState<{ address: string; list?: List<T>; problem?: Problem }>({ address });
  const loading = useRef("");
  const newest = useRef(address);
  newest.current = address;
  const key = apiKey.value;

  const refresh = useCallback(() => {
    if (loading.current === address) return;
    loading.current = address;
    get<List<T>>(address)
      .then(
        (list) => newest.current === address && setState({ address, list }),
        (problem: unknown) => {
          if (!(problem instanceof Problem) || newest.current !== address) return;
          if (problem.status === NOT_FOUND && after) setQuery({ page: null });
          else if (problem.status) setState({ address, problem });
        },
      )
      .finally(() => {
        if (loading.current === address) loading.current = "";
      });
  }, [address, key]);
  useEffect(refresh, [refresh]);
  useRefresh(refresh, state.list?.data.some(isChanging) ?? true, state);

  const { list, problem } = state;
  const last = list?.last_id;
  const goTo = (pages: string[]) => (): void => {
    setQuery({ page: pages.join(",") || null });
    scrollTo(0, 0);
  };
  return {
    items: list?.data,
    problem,
    refresh,
    isStale: state.address !== address,
    page: starts.length + 1,
    toNext: list?.has_more && last ? goTo([...starts, last]) : undefined,
    toPrevious: after ? goTo(starts.slice(0, -1)) : undefined,
  };
}
