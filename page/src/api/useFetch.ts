// Hook for a GET: its response or its problem, and a function that fetches again.
// While the server cannot be reached the request is repeated, so that a restart of the server needs no reload.
import { useCallback, useEffect, useState } from "preact/hooks";
import { get, apiKey, Problem } from "./client";
import { callWhenVisible, RETRY_MS } from "./retry";

export interface FetchState<T> {
  value: T | undefined;
  problem: Problem | undefined;
  refetch: () => void;
}

/** The response to a GET of `path`; nothing while `path` is null. The last response stays while it is fetched again. */
export function useFetch<T>(path: string | null): FetchState<T> {
  const [state, setState] = useState<{ path: string | null; value?: T; problem?: Problem }>({ path: null });
  const [round, setRound] = useState(0);
  const refetch = useCallback(() => setRound((n) => n + 1), []);
  const currentKey = apiKey.value;
  useEffect(() => {
    if (path === null) return;
    const controller = new AbortController();
    const load = (): void => {
      get<T>(path, controller.signal).then(
        (value) => setState({ path, value }),
        (error: unknown) => {
          if (controller.signal.aborted || !(error instanceof Problem)) return;
          if (error.status === 0) callWhenVisible(load, RETRY_MS, controller.signal);
          else setState((previous) => (previous.path === path && previous.value ? { ...previous, problem: error } : { path, problem: error }));
        },
      );
    };
    load();
    return () => controller.abort();
  }, [path, round, currentKey]);
  const isCurrent = state.path === path;
  return { value: isCurrent ? state.value : undefined, problem: isCurrent ? state.problem : undefined, refetch };
}
