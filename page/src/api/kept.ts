// An answer that is asked for anew whenever something moved, yet not faster than it can come.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, post, Problem } from "./ask";

const APART_MS = 600;

export interface Kept<T> {
  value: T | undefined;
  problem: Problem | undefined;
}

/**
 * The newest answer of `path`; the one before stays until then. It is asked for anew when `moved` changes, one at a
 * time and with a pause between two.
 *
 * @param body what to POST; by default it is a GET
 */
export function useKeptAnswer<T>(path: string | null, moved: string, live: boolean, body?: string): Kept<T> {
  const [kept, keep] = useState<Kept<T>>({ value: undefined, problem: undefined });
  const wanted = useRef<() => void>(() => undefined);
  const asked = `${path} ${body ?? ""}`;
  const state = useRef({ busy: false, again: false, key: "", gone: false, timer: 0 });

  useEffect(() => () => void ((state.current.gone = true), clearTimeout(state.current.timer)), []);

  wanted.current = () => {
    if (path === null) return;
    const now = state.current;
    if (now.busy) {
      now.again = true;
      return;
    }
    now.busy = true;
    now.again = false;
    (body === undefined ? get<T>(path) : post<T>(path, JSON.parse(body)))
      .then(
        (value) => !now.gone && keep({ value, problem: undefined }),
        (problem: unknown) => {
          if (problem instanceof Problem && !now.gone) keep((before) => ({ value: before.value, problem }));
        },
      )
      .finally(() => {
        now.timer = window.setTimeout(() => {
          now.busy = false;
          if (now.again && !now.gone) wanted.current();
        }, live ? APART_MS : 0);
      });
  };

  useEffect(() => wanted.current(), [asked, moved]);
  return kept;
}
