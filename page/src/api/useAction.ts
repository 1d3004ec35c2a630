// Hook for what is started by a button or a form: whether it is under way, and the problem with which it ended.
import { useState } from "preact/hooks";
import { Problem } from "./client";

export interface Action {
  isBusy: boolean;
  /** Of the last end; undefined while it is under way. */
  problem: Problem | undefined;
  /** Shows the problem of something else in its place. */
  setProblem: (problem: Problem | undefined) => void;
  run: (send: () => Promise<unknown>) => void;
}

/** @param onEnd is told of each end, whether it is a success or a problem */
export function useAction(onEnd?: (problem: Problem | undefined) => void): Action {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const start = async (send: () => Promise<unknown>): Promise<void> => {
    setIsBusy(true);
    setProblem(undefined);
    const found = await send().then(() => undefined, readFailure);
    setProblem(found);
    setIsBusy(false);
    onEnd?.(found);
  };
  return { isBusy, problem, setProblem, run: (send) => void start(send) };
}

/** The problem of a request that failed; every other error is one of the page itself. */
function readFailure(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}
