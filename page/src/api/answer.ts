// What a component shows of a GET: the answer, or the problem, and how to ask anew.
// While the server cannot be reached it is asked again, so that a restart mends itself.
import { useCallback, useEffect, useState } from "preact/hooks";
import { get, key, Problem } from "./ask";

const AGAIN_MS = 1_500;

export interface Answered<T> {
  value: T | undefined;
  problem: Problem | undefined;
  again: () => void;
}

/** The answer to a GET of `path`; nothing while `path` is null. The last answer stays while it is asked again. */
export function useAnswer<T>(path: string | null): Answered<T> {
  const [held, hold] = useState<{ path: string | null; value?: T; problem?: Problem }>({ path: null });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((n) => n + 1), []);
  const withKey = key.value;
  useEffect(() => {
    if (path === null) return;
    const aborting = new AbortController();
    let timer = 0;
    const ask = (): void => {
      get<T>(path, aborting.signal).then(
        (value) => hold({ path, value }),
        (error: unknown) => {
          if (aborting.signal.aborted || !(error instanceof Problem)) return;
          if (error.status === 0) timer = window.setTimeout(ask, AGAIN_MS);
          hold((now) => (now.path === path && now.value ? { ...now, problem: error } : { path, problem: error }));
        },
      );
    };
    ask();
    return () => {
      aborting.abort();
      window.clearTimeout(timer);
    };
  }, [path, round, withKey]);
  const fresh = held.path === path;
  return { value: fresh ? held.value : undefined, problem: fresh ? held.problem : undefined, again };
}
