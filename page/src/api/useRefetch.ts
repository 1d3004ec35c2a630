// Hook that fetches again whenever a version changes, one request at a time and with a pause between two.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, post, Problem } from "./client";

const MIN_INTERVAL_MS = 600;
const RETRY_MS = 1_500;

interface Result<T> {
  value: T | undefined;
  problem: Problem | undefined;
  /** The version at which the value was requested. */
  version: string | undefined;
  /** The path and body that the value answers. */
  request: string | undefined;
}

/** With whether the value answers the present path and body, at whatever version. */
type Refetch<T> = Result<T> & { isCurrent: boolean };

/**
 * The newest response of `path`; the one before stays until it arrives.
 *
 * @param version fetch again when it changes
 * @param isLive whether changes come so often that two requests need a pause between them
 * @param body what to POST; without it the request is a GET
 */
export function useRefetch<T>(path: string | null, version: string, isLive: boolean, body?: string): Refetch<T> {
  const [result, setResult] = useState<Result<T>>({ value: undefined, problem: undefined, version: undefined, request: undefined });
  const load = useRef<() => void>(() => undefined);
  const request = `${path} ${body ?? ""}`;
  const pending = useRef({ isLoading: false, isStale: false, key: "", isUnmounted: false, timer: 0 });

  useEffect(() => () => void ((pending.current.isUnmounted = true), clearTimeout(pending.current.timer)), []);

  load.current = () => {
    if (path === null) return;
    const current = pending.current;
    if (current.isLoading) {
      current.isStale = true;
      return;
    }
    current.isLoading = true;
    current.isStale = false;
    let wasUnreachable = false;
    (body === undefined ? get<T>(path) : post<T>(path, JSON.parse(body)))
      .then(
        (value) => !current.isUnmounted && setResult({ value, problem: undefined, version, request }),
        (problem: unknown) => {
          if (!(problem instanceof Problem) || current.isUnmounted) return;
          wasUnreachable = problem.status === 0;
          setResult((previous) => ({ ...previous, problem }));
        },
      )
      .finally(() => {
        current.timer = window.setTimeout(() => {
          current.isLoading = false;
          if ((current.isStale || wasUnreachable) && !current.isUnmounted) load.current();
        }, wasUnreachable ? RETRY_MS : isLive ? MIN_INTERVAL_MS : 0);
      });
  };

  useEffect(() => load.current(), [request, version]);
  return { ...result, isCurrent: result.request === request };
}
