// Hook for a paginated list of the API, which is kept up to date; loadMore appends the next page.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { apiKey, get, Problem } from "../api/client";
import type { List } from "../api/shapes";
import { useRefresh } from "../api/useLive";

const PAGE_SIZE = 50;

export interface Pages<T> {
  items: T[] | undefined;
  hasMore: boolean;
  problem: Problem | undefined;
  loadMore: () => void;
  refresh: () => void;
}

/**
 * @param path the list, with its filters
 * @param isChanging whether an item may change soon, so that the list is fetched more often
 */
export function usePages<T>(path: string, isChanging: (item: T) => boolean): Pages<T> {
  const [state, setState] = useState<{ path: string; items?: T[]; hasMore: boolean; problem?: Problem }>({ path, hasMore: false });
  const [asked, setAsked] = useState({ path, pages: 1 });
  const pages = asked.path === path ? asked.pages : 1;
  /** What is under way for this path, and whether it is to be done again. */
  const loading = useRef<{ isStale: boolean } | null>(null);
  const key = apiKey.value;

  const refresh = useCallback(() => {
    if (loading.current) {
      loading.current.isStale = true;
      return;
    }
    const own = (loading.current = { isStale: false });
    const isWanted = (): boolean => loading.current === own;
    loadPages<T>(path, pages)
      .then(
        ({ items, hasMore }) => {
          if (isWanted()) setState({ path, items, hasMore });
        },
        (problem: unknown) => {
          if (!isWanted() || !(problem instanceof Problem) || problem.status === 0) return;
          setState((previous) => (previous.path === path ? { ...previous, problem } : { path, hasMore: false, problem }));
        },
      )
      .finally(() => {
        if (!isWanted()) return;
        loading.current = null;
        if (own.isStale) refresh();
      });
  }, [path, pages, key]);
  useEffect(() => {
    refresh();
    return () => void (loading.current = null);
  }, [refresh]);
  useRefresh(refresh, state.items?.some(isChanging) ?? true, state);

  const isCurrent = state.path === path;
  return {
    items: isCurrent ? state.items : undefined,
    hasMore: isCurrent && state.hasMore,
    problem: isCurrent ? state.problem : undefined,
    loadMore: () => setAsked({ path, pages: pages + 1 }),
    refresh,
  };
}

async function loadPages<T>(path: string, pages: number): Promise<{ items: T[]; hasMore: boolean }> {
  const items: T[] = [];
  let after = "";
  for (let page = 0; page < pages; page += 1) {
    const list = await get<List<T>>(`${path}${path.includes("?") ? "&" : "?"}limit=${PAGE_SIZE}${after}`);
    items.push(...list.data);
    if (!list.has_more) return { items, hasMore: false };
    after = `&after=${list.last_id ?? ""}`;
  }
  return { items, hasMore: true };
}
