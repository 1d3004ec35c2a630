// What is drawn at each epoch of a replay, fetched once and ahead of the cursor.
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { mayPass, Problem } from "../api/client";
import { RETRY_MS } from "../api/retry";
import type { EpochCursor, FrameSource } from "./epochCursor";

const MAX_REQUESTS = 3;

export class Frames<T> implements FrameSource {
  /** Increases when frames arrive. */
  readonly version = signal(0);
  private readonly values = new Map<number, T>();
  /** Epochs that cannot be shown, since their weights were thinned out. */
  private readonly failed = new Set<number>();
  private readonly loading = new Set<number>();
  private wanted: number[] = [];
  private requests = 0;
  private isPaused = false;
  private isStopped = false;

  /**
   * @param load fetches the frames of some epochs
   * @param batch how many epochs one request is for
   */
  constructor(
    private readonly load: (epochs: number[]) => Promise<[number, T][]>,
    private readonly batch: number,
    readonly maxFrames: number,
  ) {}

  get(epoch: number): T | undefined {
    return this.values.get(epoch);
  }

  isReady(epoch: number): boolean {
    return this.values.has(epoch) || this.failed.has(epoch);
  }

  prepare(epochs: number[]): void {
    this.isStopped = false;
    this.wanted = [...new Set([...epochs, ...this.wanted])];
    this.fetchNext();
  }

  /** Ask for nothing more, until epochs are prepared again. */
  stop(): void {
    this.wanted = [];
    this.isStopped = true;
  }

  /** Ask for epochs again after a pause, in which nothing is asked. */
  private retry(epochs: number[]): void {
    if (this.isStopped) return;
    this.wanted.unshift(...epochs);
    this.isPaused = true;
    setTimeout(() => {
      this.isPaused = false;
      this.fetchNext();
    }, RETRY_MS);
  }

  private fetchNext(): void {
    if (this.isPaused) return;
    this.wanted = this.wanted.filter((epoch) => !this.isReady(epoch) && !this.loading.has(epoch));
    while (this.requests < MAX_REQUESTS && this.wanted.length) {
      const epochs = this.wanted.splice(0, this.batch);
      for (const epoch of epochs) this.loading.add(epoch);
      this.requests += 1;
      this.load(epochs)
        .then(
          (frames) => {
            for (const [epoch, value] of frames) this.values.set(epoch, value);
            return false;
          },
          (error: unknown) => error instanceof Problem && mayPass(error),
        )
        .then((mayComeLater) => {
          for (const epoch of epochs) {
            this.loading.delete(epoch);
            if (!mayComeLater && !this.values.has(epoch)) this.failed.add(epoch);
          }
          this.requests -= 1;
          this.version.value += 1;
          if (mayComeLater) this.retry(epochs);
          else this.fetchNext();
        });
    }
  }
}

interface Loader<T> {
  /** Changes whenever other frames are meant. */
  key: string;
  load: (epochs: number[]) => Promise<[number, T][]>;
  batch?: number;
  maxFrames?: number;
}

/**
 * What is shown at the cursor: its frame, or until that is there the one before; the newest without a cursor's epoch.
 *
 * @param latest what is shown of the newest epoch
 */
export function useFrame<T>(cursor: EpochCursor, latest: T | undefined, { key, load, batch = 1, maxFrames = Infinity }: Loader<T>): T | undefined {
  const frames = useMemo(() => new Frames(load, batch, maxFrames), [key]);
  useEffect(() => {
    const remove = cursor.add(frames);
    return () => {
      remove();
      frames.stop();
    };
  }, [cursor, frames]);
  const epoch = cursor.epoch.value;
  void frames.version.value;
  useEffect(() => {
    if (epoch !== null && !frames.isReady(epoch)) frames.prepare([epoch]);
  }, [frames, epoch]);
  const shown = useRef<{ frames: Frames<T>; value: T | undefined }>({ frames, value: undefined });
  if (shown.current.frames !== frames) shown.current = { frames, value: undefined };
  const value = epoch === null ? latest : frames.get(epoch);
  if (value !== undefined) shown.current.value = value;
  return value ?? shown.current.value ?? latest;
}
