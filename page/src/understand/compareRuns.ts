// Runs that are compared: their jobs with all epochs, kept up to date while one of them trains.
import { useEffect, useRef, useState } from "preact/hooks";
import { encodeSegment, get, Problem } from "../api/client";
import { callWhenVisible } from "../api/retry";
import type { Epoch, Job, List } from "../api/shapes";
import { isUnfinished, jobName } from "../lists/jobRows";
import { formatMoment, shorten } from "../shell/format";
import type { Run } from "./runCurves";

export interface Runs {
  runs: Run[];
  /** Why runs could not be loaded, by their ids. */
  problems: Map<string, Problem>;
  isLoading: boolean;
}

const MAX_AT_ONCE = 4;
const REFRESH_MS = 3_000;

export function useRuns(ids: string[]): Runs {
  const idList = ids.join(",");
  const [state, setState] = useState<{ idList: string; found: Map<string, Run | Problem>; isLoading: boolean }>({ idList: "", found: new Map(), isLoading: true });
  const newest = useRef(state);
  newest.current = state;

  useEffect(() => {
    const controller = new AbortController();
    const load = async (): Promise<void> => {
      const known = newest.current.found;
      const found = new Map<string, Run | Problem>();
      const waiting = [...ids.entries()];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const [n, id] = next;
          const before = known.get(id);
          if (before && !(before instanceof Problem) && !isUnfinished(before.job)) found.set(id, { ...before, n });
          else found.set(id, await fetchRun(id, n, before instanceof Problem ? undefined : before, controller.signal));
        }
      };
      await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
      if (controller.signal.aborted) return;
      setState({ idList, found, isLoading: false });
      if ([...found.values()].some((one) => !(one instanceof Problem) && isUnfinished(one.job))) callWhenVisible(start, REFRESH_MS, controller.signal);
    };
    const start = (): void =>
      void load().catch((error: unknown) => {
        if (!controller.signal.aborted) throw error;
      });
    start();
    return () => controller.abort();
  }, [idList]);

  if (state.idList !== idList) return { runs: [], problems: new Map(), isLoading: true };
  const loaded = [...state.found];
  return {
    runs: loaded.flatMap(([, one]) => (one instanceof Problem ? [] : [one])).sort((one, other) => one.n - other.n),
    problems: new Map(loaded.flatMap(([id, one]) => (one instanceof Problem ? [[id, one] as const] : []))),
    isLoading: state.isLoading,
  };
}

/** A run with the epochs that are new since `before`, or what is wrong. */
async function fetchRun(id: string, n: number, before: Run | undefined, signal: AbortSignal): Promise<Run | Problem> {
  const path = `/v1/jobs/${encodeSegment(id)}`;
  const epochs = before ? [...before.epochs] : [];
  try {
    const job = await get<Job>(path, signal);
    for (let hasMore = true; hasMore; ) {
      const page = await get<List<Epoch>>(`${path}/epochs?limit=1000&after_epoch=${epochs.at(-1)?.epoch ?? 0}`, signal);
      epochs.push(...page.data);
      hasMore = page.has_more;
    }
    return { job, epochs, n };
  } catch (error) {
    if (error instanceof Problem) return before && error.status === 0 ? before : error;
    throw error;
  }
}

/** The number, name and time of a run; its id is in the table. */
export const runTitle = ({ job, n }: Pick<Run, "job" | "n">): string => `${n + 1} ${shorten(job.model ?? jobName(job))}, ${formatMoment(job.created_at)}`;
