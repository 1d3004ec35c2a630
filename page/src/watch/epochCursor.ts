// The epoch that all views of a run show: one cursor, which is played, stepped and dragged. The address has it, too,
// but is written only when the cursor rests, since browsers bound how often it may change.
import { effect, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { route, setQuery } from "../shell/route";
import { advance, placeOf, spreadEpochs } from "./playback";

const MAX_FRAMES = 80;
const REST_MS = 250;

/** What is drawn at each epoch, and has to be there before a replay goes on to it. */
export interface FrameSource {
  /** The most epochs that it can show in one replay. */
  maxFrames: number;
  /** Fetch what is shown at these epochs, in this order. */
  prepare: (epochs: number[]) => void;
  isReady: (epoch: number) => boolean;
}

export class EpochCursor {
  /** The epoch shown; null is the newest, also of a run that goes on. */
  readonly epoch = signal<number | null>(null);
  /** The epochs that can be shown, oldest first. */
  readonly kept = signal<number[]>([]);
  readonly isPlaying = signal(false);
  readonly speed = signal(1);

  private readonly sources = new Set<FrameSource>();
  private animation = 0;

  /** Have a replay wait for a source; returns a function that ends this. */
  add(source: FrameSource): () => void {
    this.sources.add(source);
    return () => void this.sources.delete(source);
  }

  /** The place of the epoch shown among the kept ones. */
  get place(): number {
    return placeOf(this.kept.value, this.epoch.value);
  }

  /** Show the kept epoch at a place, and stop a replay. */
  show(place: number): void {
    this.pause();
    this.set(place);
  }

  step(change: number): void {
    this.show(Math.min(Math.max(this.place + change, 0), this.kept.peek().length - 1));
  }

  /** Show the kept epoch at or before an epoch. */
  showEpoch(epoch: number): void {
    this.show(placeOf(this.kept.peek(), epoch));
  }

  toggle(): void {
    if (this.isPlaying.peek()) this.pause();
    else this.play();
  }

  pause(): void {
    cancelAnimationFrame(this.animation);
    this.isPlaying.value = false;
  }

  /** Play on from the epoch shown, or from the first if it is the last. */
  play(): void {
    const kept = this.kept.peek();
    if (kept.length < 2) return;
    const sources = [...this.sources];
    const frames = spreadEpochs(kept, Math.min(MAX_FRAMES, ...sources.map(({ maxFrames }) => maxFrames)));
    const isAtEnd = this.place === kept.length - 1;
    let position = isAtEnd ? 0 : placeOf(frames, kept[this.place] ?? 0);
    let before: number | undefined;
    let ready = Math.floor(position);
    const isNextReady = (): boolean => sources.every((source) => source.isReady(frames[ready + 1] as number));
    for (const source of sources) source.prepare(frames.slice(Math.floor(position)));
    const draw = (now: number): void => {
      while (ready < frames.length - 1 && isNextReady()) ready += 1;
      position = advance(position, frames.length - 1, before === undefined ? 0 : now - before, this.speed.peek(), ready);
      before = now;
      if (position >= frames.length - 1) {
        this.show(kept.length - 1);
        return;
      }
      const epoch = frames[Math.floor(position)] as number;
      if (this.epoch.peek() !== epoch) this.epoch.value = epoch;
      this.animation = requestAnimationFrame(draw);
    };
    this.isPlaying.value = true;
    this.animation = requestAnimationFrame(draw);
  }

  private set(place: number): void {
    const kept = this.kept.peek();
    this.epoch.value = place >= kept.length - 1 ? null : (kept[place] ?? null);
  }
}

/** The cursor of a run's net, which follows the address and is written to it. */
export function useEpochCursor(job: string, net: number): EpochCursor {
  const cursor = useMemo(() => {
    const created = new EpochCursor();
    created.epoch.value = readAddress();
    return created;
  }, [job, net]);
  useEffect(() => {
    let timer = 0;
    let written = readAddress();
    const stopWriting = effect(() => {
      const epoch = cursor.epoch.value;
      window.clearTimeout(timer);
      if (cursor.isPlaying.value || epoch === written) return;
      timer = window.setTimeout(() => {
        written = epoch;
        setQuery({ epoch: epoch === null ? null : String(epoch) });
      }, REST_MS);
    });
    const stopReading = effect(() => {
      const asked = readAddress();
      if (asked === written) return;
      written = asked;
      cursor.pause();
      cursor.epoch.value = asked;
    });
    return () => {
      window.clearTimeout(timer);
      stopWriting();
      stopReading();
      cursor.pause();
    };
  }, [cursor]);
  return cursor;
}

function readAddress(): number | null {
  const text = route.value.query.get("epoch");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
