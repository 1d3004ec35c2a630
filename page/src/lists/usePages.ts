// Hook for a paginated list of the API; loadMore appends the next page.
import { useEffect, useState } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import type { Problem } from "../api/client";
import type { List } from "../api/shapes";

export interface Pages<T> {
  items: T[] | undefined;
  hasMore: boolean;
  problem: Problem | undefined;
  loadMore: () => void;
}

export function usePages<T>(path: string): Pages<T> {
  const [earlier, setEarlier] = useState<T[]>([]);
  const [cursor, setCursor] = useState("");
  const { value, problem } = useFetch<List<T>>(`${path}?limit=50${cursor}`);
  const [items, setItems] = useState<T[]>();
  useEffect(() => {
    if (value) setItems([...earlier, ...value.data]);
  }, [value]);
  const loadMore = (): void => {
    setEarlier(items ?? []);
    setCursor(`&after=${value?.last_id ?? ""}`);
  };
  return { items, hasMore: value?.has_more ?? false, problem, loadMore };
}
