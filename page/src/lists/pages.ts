// A list of the API, page by page.
import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../api/answer";
import type { Problem } from "../api/ask";
import type { List } from "../api/shapes";

export interface Pages<T> {
  items: T[] | undefined;
  more: boolean;
  problem: Problem | undefined;
  next: () => void;
}

export function usePages<T>(path: string): Pages<T> {
  const [before, setBefore] = useState<T[]>([]);
  const [after, setAfter] = useState("");
  const { value, problem } = useAnswer<List<T>>(`${path}?limit=50${after}`);
  const [items, setItems] = useState<T[]>();
  useEffect(() => {
    if (value) setItems([...before, ...value.data]);
  }, [value]);
  const next = (): void => {
    setBefore(items ?? []);
    setAfter(`&after=${value?.last_id ?? ""}`);
  };
  return { items, more: value?.has_more ?? false, problem, next };
}
