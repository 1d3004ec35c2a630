// State of one job, updated by its event stream; components render it at most once a frame.
import { type Signal, signal } from "@preact/signals";
import { get, encodeSegment, Problem } from "../api/client";
import type { Epoch, Job, LayerStats, List, Metrics } from "../api/shapes";
import { followEvents, type StreamEvent } from "../api/eventStream";

const REFRESH_MS = 1_500;
const LAYERS_PAGE_SIZE = 1_000;

export interface Sample {
  epoch: number;
  text: string;
}

export const TERMINAL_STATUSES = new Set(["succeeded", "failed", "cancelled"]);

export class JobStore {
  readonly job: Signal<Job | undefined>;
  readonly problem: Signal<Problem | undefined> = signal(undefined);
  /** Why no events come; empty while they do. */
  readonly interruption = signal("");
  /** Increases when epochs or layer statistics arrive, at most once a frame. */
  readonly version = signal(0);

  readonly epochs: number[] = [];
  readonly train: (number | null)[] = [];
  readonly validation: (number | null)[] = [];
  readonly metrics = new Map<string, (number | null)[]>();
  /** What a net that learns to write wrote after each epoch. */
  readonly samples: Sample[] = [];
  readonly layerStats: LayerStats[] = [];
  newestEpoch: Epoch | undefined;

  private statusEvents = 0;
  private frame = 0;
  private timer = 0;
  private stopEvents: () => void = () => undefined;

  /**
   * @param net which net of an ensemble its epochs are of
   * @param known the job as it was known before
   */
  constructor(readonly id: string, readonly net: number, known?: Job) {
    this.job = signal(known);
  }

  private get path(): string {
    return `/v1/jobs/${encodeSegment(this.id)}`;
  }

  start(): void {
    this.stopEvents = followEvents(`${this.path}/events${this.net > 1 ? `?net=${this.net}` : ""}`, {
      onEvents: (events) => this.handleEvents(events),
      onInterruption: (reason) => (this.interruption.value = reason),
      onProblem: (problem) => (this.problem.value = problem),
    });
    void this.refresh();
    void this.fetchLayers();
    this.timer = window.setInterval(() => {
      if (this.job.peek()?.status === "running" || !this.job.peek()) void this.refresh();
    }, REFRESH_MS);
  }

  stop(): void {
    this.stopEvents();
    cancelAnimationFrame(this.frame);
    clearInterval(this.timer);
  }

  /** Fetch the job itself, with its time left. */
  async refresh(): Promise<void> {
    try {
      await this.update(get<Job>(this.path));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  /** Take the job from an answer, which may be older than what the stream told while it was under way. */
  async update(answer: Promise<Job>): Promise<void> {
    const before = this.statusEvents;
    const job = await answer;
    if (before === this.statusEvents) this.job.value = job;
  }

  private handleEvents(events: StreamEvent[]): void {
    for (const { type: kind, data } of events) {
      if (kind === "epoch") this.addEpoch(JSON.parse(data) as Epoch);
      else if (kind === "layers") this.addLayerStats(JSON.parse(data) as LayerStats);
      else if (kind === "status" || kind === "end") {
        this.job.value = JSON.parse(data) as Job;
        this.statusEvents += 1;
      }
    }
    if (events.at(-1)?.type === "end") void this.fetchLayers();
    this.scheduleRender();
  }

  private scheduleRender(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => (this.version.value += 1));
  }

  /** A job resumed on another machine repeats some epochs: the newer ones replace the older. */
  private addEpoch(epoch: Epoch): void {
    while ((this.epochs.at(-1) ?? 0) >= epoch.epoch) this.dropLast();
    const before = this.epochs.length;
    this.epochs.push(epoch.epoch);
    this.train.push(epoch.train_loss);
    this.validation.push(epoch.validation_loss);
    for (const [name, value] of Object.entries<Metrics[string]>(epoch.metrics)) {
      const current = this.metrics.get(name) ?? new Array<number | null>(before).fill(null);
      current.push(value);
      this.metrics.set(name, current);
    }
    if (epoch.sample != null) this.samples.push({ epoch: epoch.epoch, text: epoch.sample });
    this.newestEpoch = epoch;
  }

  private dropLast(): void {
    if (this.samples.at(-1)?.epoch === this.epochs.at(-1)) this.samples.pop();
    for (const values of [this.epochs, this.train, this.validation, ...this.metrics.values()]) values.pop();
  }

  private addLayerStats(layerStats: LayerStats): void {
    while ((this.layerStats.at(-1)?.epoch ?? -1) >= layerStats.epoch) this.layerStats.pop();
    this.layerStats.push(layerStats);
  }

  /** Add what was fetched where it is missing: newer statistics may have come by the stream while it was under way. */
  private mergeLayerStats(fetched: LayerStats[]): void {
    const present = new Set(this.layerStats.map(({ epoch }) => epoch));
    this.layerStats.push(...fetched.filter(({ epoch }) => !present.has(epoch)));
    this.layerStats.sort((a, b) => a.epoch - b.epoch);
  }

  private async fetchLayers(): Promise<void> {
    try {
      let after: number | undefined;
      for (let hasMore = true; hasMore; ) {
        const query = `${after === undefined ? "" : `&after_epoch=${after}`}${this.net > 1 ? `&net=${this.net}` : ""}`;
        const page = await get<List<LayerStats>>(`${this.path}/layers?limit=${LAYERS_PAGE_SIZE}${query}`);
        this.mergeLayerStats(page.data);
        after = page.data.at(-1)?.epoch;
        hasMore = page.has_more && after !== undefined;
      }
      this.scheduleRender();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
}
