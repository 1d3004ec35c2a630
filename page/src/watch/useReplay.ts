// Hook for the predictions for some rows at the cursor's epoch, fetched ahead while a replay is played.
import { useMemo } from "preact/hooks";
import { post, type Problem } from "../api/client";
import type { Job, Replay } from "../api/shapes";
import { useRefetch } from "../api/useRefetch";
import type { EpochCursor } from "./epochCursor";
import { useFrame } from "./frames";
import type { JobStore } from "./jobStore";
import { hasNetStarted, pathOfNet } from "./netChoice";
import type { ReplayQuery } from "./predictionViews";

export type ReplayedEpoch = Replay["data"][number];

/** Bounds of the numbers in one answer, so that none takes long to read, and in a whole replay. */
const MAX_NUMBERS = 12_000;
const MAX_REPLAY_NUMBERS = 800_000;
const MIN_FRAMES = 12;

/**
 * @param query what is asked; the same object each time, and undefined while it is not known
 * @param outputs how many numbers the net predicts for a row
 */
export function useReplay(
  job: Job,
  store: JobStore,
  cursor: EpochCursor,
  query: ReplayQuery | undefined,
  outputs: number,
): { shown: ReplayedEpoch | undefined; problem: Problem | undefined } {
  const path = pathOfNet(job, "replay");
  const key = useMemo(() => JSON.stringify(query ?? null), [query]);
  const isAsked = query !== undefined && hasNetStarted(job, store);
  const { value, problem, isCurrent } = useRefetch<Replay>(
    isAsked ? path : null,
    `${job.status} ${store.shown.newestEpoch?.epoch}`,
    job.status === "running",
    useMemo(() => JSON.stringify({ ...query, epochs: "latest" }), [query]),
  );
  const numbers = Math.max((query?.rows.length ?? 1) * outputs, 1);
  const shown = useFrame<ReplayedEpoch>(cursor, isCurrent ? value?.data.at(-1) : undefined, {
    key: `${path} ${key}`,
    load: async (epochs) => (await post<Replay>(path, { ...query, epochs })).data.map((entry) => [entry.epoch, entry]),
    batch: Math.min(Math.max(Math.floor(MAX_NUMBERS / numbers), 1), 40),
    maxFrames: Math.max(Math.floor(MAX_REPLAY_NUMBERS / numbers), MIN_FRAMES),
  });
  return { shown, problem };
}
