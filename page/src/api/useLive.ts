// Hooks that fetch again while the page is looked at: soon where a response still changes, else now and then.
import { useEffect } from "preact/hooks";
import { useFetch, type FetchState } from "./useFetch";

const CHANGING_MS = 1_500;
const SETTLED_MS = 8_000;

/** A GET that is repeated. */
export function useLive<T>(path: string | null, isChanging: (value: T) => boolean): FetchState<T> {
  const state = useFetch<T>(path);
  useRefresh(state.refetch, state.value !== undefined && isChanging(state.value), state.value ?? state.problem);
  return state;
}

/**
 * Call `refresh` a while after each result, and as soon as the page is looked at again.
 *
 * @param result what the last call has brought; another object each time
 */
export function useRefresh(refresh: () => void, isChanging: boolean, result: unknown): void {
  useEffect(() => {
    if (result === undefined) return;
    const refreshIfVisible = (): void => {
      if (!document.hidden) refresh();
    };
    const timer = setInterval(refreshIfVisible, isChanging ? CHANGING_MS : SETTLED_MS);
    document.addEventListener("visibilitychange", refreshIfVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refreshIfVisible);
    };
  }, [refresh, isChanging, result]);
}
