// Everything that is known of one job, kept up to date by its events; the page looks at it once a frame at most.
import { type Signal, signal } from "@preact/signals";
import { get, part, Problem } from "../api/ask";
import type { Watched } from "../api/insight";
import type { Epoch, Job, List, Metrics } from "../api/shapes";
import { follow, type Told } from "../api/stream";

const FORECAST_MS = 1_500;
const WATCHED_AT_ONCE = 1_000;
export const ENDED = new Set(["succeeded", "failed", "cancelled"]);

export class Story {
  readonly job: Signal<Job | undefined> = signal(undefined);
  readonly problem: Signal<Problem | undefined> = signal(undefined);
  readonly connected = signal(true);
  /** Grows when epochs or layers came, at most once a frame. */
  readonly version = signal(0);

  readonly epochs: number[] = [];
  readonly train: (number | null)[] = [];
  readonly validation: (number | null)[] = [];
  readonly metrics = new Map<string, (number | null)[]>();
  readonly watched: Watched[] = [];
  newest: Epoch | undefined;

  private frame = 0;
  private timer = 0;
  private stopFollowing: () => void = () => undefined;

  constructor(readonly id: string) {}

  private get path(): string {
    return `/v1/jobs/${part(this.id)}`;
  }

  start(): void {
    this.stopFollowing = follow(`${this.path}/events`, {
      hear: (told) => this.hear(told),
      connected: (is) => (this.connected.value = is),
      refused: (problem) => (this.problem.value = problem),
    });
    void this.fetchLayers();
    this.timer = window.setInterval(() => {
      if (this.job.peek()?.status === "running" || !this.job.peek()) void this.look();
    }, FORECAST_MS);
  }

  stop(): void {
    this.stopFollowing();
    cancelAnimationFrame(this.frame);
    clearInterval(this.timer);
  }

  /** Ask for the job itself, with its forecast. */
  async look(): Promise<void> {
    try {
      const job = await get<Job>(this.path);
      const known = this.job.peek();
      if (!known || !ENDED.has(known.status) || ENDED.has(job.status)) this.job.value = job;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  private hear(told: Told[]): void {
    for (const { kind, data } of told) {
      if (kind === "epoch") this.add(JSON.parse(data) as Epoch);
      else if (kind === "layers") this.watch(JSON.parse(data) as Watched);
      else if (kind === "status" || kind === "end") this.job.value = JSON.parse(data) as Job;
    }
    if (told.at(-1)?.kind === "end") void this.fetchLayers();
    this.changed();
  }

  private changed(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => (this.version.value += 1));
  }

  /** A job that was begun again on another machine tells some epochs a second time: the newer hold. */
  private add(epoch: Epoch): void {
    while ((this.epochs.at(-1) ?? 0) >= epoch.epoch) this.dropLast();
    const before = this.epochs.length;
    this.epochs.push(epoch.epoch);
    this.train.push(epoch.train_loss);
    this.validation.push(epoch.validation_loss);
    for (const [name, value] of Object.entries<Metrics[string]>(epoch.metrics)) {
      const known = this.metrics.get(name) ?? new Array<number | null>(before).fill(null);
      known.push(value);
      this.metrics.set(name, known);
    }
    this.newest = epoch;
  }

  private dropLast(): void {
    for (const values of [this.epochs, this.train, this.validation, ...this.metrics.values()]) values.pop();
  }

  private watch(watched: Watched): void {
    while ((this.watched.at(-1)?.epoch ?? -1) >= watched.epoch) this.watched.pop();
    this.watched.push(watched);
  }

  private async fetchLayers(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const after = this.watched.at(-1)?.epoch;
        const query = after === undefined ? "" : `&after_epoch=${after}`;
        const page = await get<List<Watched>>(`${this.path}/layers?limit=${WATCHED_AT_ONCE}${query}`);
        page.data.forEach((watched) => this.watch(watched));
        more = page.has_more && page.data.length > 0;
      }
      this.changed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
}
