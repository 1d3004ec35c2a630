// Hook that fetches again whenever a version changes, one request at a time and with a pause between two.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, post, Problem } from "./client";
import { callWhenVisible, RETRY_MS } from "./retry";

const MIN_INTERVAL_MS = 600;

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
  const pending = useRef({ isLoading: false, isStale: false });
  const controller = useMemo(() => new AbortController(), []);

  useEffect(() => () => controller.abort(), []);

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
        (value) => !controller.signal.aborted && setResult({ value, problem: undefined, version, request }),
        (problem: unknown) => {
          if (!(problem instanceof Problem) || controller.signal.aborted) return;
          wasUnreachable = problem.status === 0;
          if (!wasUnreachable) setResult((previous) => ({ ...previous, problem }));
        },
      )
      .finally(() => {
        const loadIfStale = (): void => {
          current.isLoading = false;
          if (current.isStale || wasUnreachable) load.current();
        };
        callWhenVisible(loadIfStale, wasUnreachable ? RETRY_MS : isLive ? MIN_INTERVAL_MS : 0, controller.signal);
      });
  };

  useEffect(() => load.current(), [request, version]);
  return { ...result, isCurrent: result.request === request };
}
