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
  const [pages, setPages] = useState(1);
  const isLoading = useRef(false);
  const latestPath = useRef(path);
  latestPath.current = path;
  const key = apiKey.value;

  const refresh = useCallback(() => {
    if (isLoading.current) return;
    isLoading.current = true;
    loadPages<T>(path, pages)
      .then(
        ({ items, hasMore }) => {
          if (latestPath.current === path) setState({ path, items, hasMore });
        },
        (problem: unknown) => {
          if (problem instanceof Problem && problem.status !== 0) setState((previous) => ({ ...previous, path, problem }));
        },
      )
      .finally(() => (isLoading.current = false));
  }, [path, pages, key]);
  useEffect(() => {
    isLoading.current = false;
    refresh();
  }, [refresh]);
  useRefresh(refresh, state.items?.some(isChanging) ?? true, state);

  const isCurrent = state.path === path;
  return {
    items: isCurrent ? state.items : undefined,
    hasMore: isCurrent && state.hasMore,
    problem: isCurrent ? state.problem : undefined,
    loadMore: () => setPages(pages + 1),
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
