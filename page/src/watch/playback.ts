// Timing of a replay: a whole run takes the same time however many epochs it has.

/** How long a run takes at speed 1, in milliseconds. */
export const RUN_MS = 7_000;
export const SPEEDS = [0.5, 1, 2, 4] as const;

/** At most so many of the epochs, evenly spread, with the first and the last. */
export function spreadEpochs(epochs: number[], maxCount: number): number[] {
  if (epochs.length <= maxCount) return epochs;
  const last = epochs.length - 1;
  return Array.from({ length: maxCount }, (_, n) => epochs[Math.round((n * last) / (maxCount - 1))] as number);
}

/**
 * The position in a replay a while later; it stops before a frame that is not there yet.
 *
 * @param position frames from the first, with the part of the next that has passed
 * @param last the place of the last frame
 * @param elapsed milliseconds
 * @param ready the place of the last frame that is there, like all before it
 */
export function advance(position: number, last: number, elapsed: number, speed: number, ready: number): number {
  const to = Math.min(position + (elapsed * speed * last) / RUN_MS, last);
  return Math.floor(to) > ready ? Math.max(ready + 0.999, position) : to;
}

/** The place of the kept epoch at or before an epoch; the last for null, which is the newest. */
export function placeOf(epochs: number[], epoch: number | null): number {
  return epoch === null ? epochs.length - 1 : Math.max(epochs.findLastIndex((one) => one <= epoch), 0);
}
