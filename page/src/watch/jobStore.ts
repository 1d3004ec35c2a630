// State of one job, updated by its event stream; components render it at most once a frame.
import { type Signal, signal } from "@preact/signals";
import { get, encodeSegment, Problem } from "../api/client";
import type { Epoch, Job, LayerStats, List } from "../api/shapes";
import { followEvents, type StreamEvent } from "../api/eventStream";
import { NetRecord } from "./netRecord";

const REFRESH_MS = 1_500;
const LAYERS_PAGE_SIZE = 1_000;

export const TERMINAL_STATUSES = new Set(["succeeded", "failed", "cancelled"]);

export class JobStore {
  readonly job: Signal<Job | undefined> = signal(undefined);
  readonly problem: Signal<Problem | undefined> = signal(undefined);
  /** Why no events come; empty while they do. */
  readonly interruption = signal("");
  /** Increases when epochs or layer statistics arrive, at most once a frame. */
  readonly version = signal(0);

  /** What is recorded of each net, by its number; of a job of one net under 1. */
  private readonly records = new Map<number, NetRecord>();
  private net = 1;

  private statusEvents = 0;
  private frame = 0;
  private timer = 0;
  private stopEvents: () => void = () => undefined;

  constructor(readonly id: string) {}

  /** What is recorded of the net that is shown. */
  get shown(): NetRecord {
    return this.recordOf(this.net);
  }

  /** What is recorded of the other nets, by their numbers. */
  get others(): [number, NetRecord][] {
    return [...this.records].filter(([net]) => net !== this.net).sort(([a], [b]) => a - b);
  }

  /** Show this net of an ensemble from now on. */
  show(net: number): void {
    this.net = net;
    this.version.value += 1;
    void this.fetchLayers();
  }

  private get path(): string {
    return `/v1/jobs/${encodeSegment(this.id)}`;
  }

  start(): void {
    this.stopEvents = followEvents(`${this.path}/events`, {
      onEvents: (events) => this.handleEvents(events),
      onInterruption: (reason) => (this.interruption.value = reason),
      onProblem: (problem) => (this.problem.value = problem),
    });
    void this.refresh();
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
      if (kind === "epoch") {
        const epoch = JSON.parse(data) as Epoch;
        this.recordOf(epoch.net).addEpoch(epoch);
      } else if (kind === "layers") {
        const stats = JSON.parse(data) as LayerStats;
        this.recordOf(stats.net).addLayerStats(stats);
      } else if (kind === "status" || kind === "end") {
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

  private recordOf(net: number | null | undefined): NetRecord {
    const key = net ?? 1;
    const record = this.records.get(key) ?? new NetRecord();
    this.records.set(key, record);
    return record;
  }

  private async fetchLayers(): Promise<void> {
    const record = this.shown;
    const ofNet = this.net > 1 ? `&net=${this.net}` : "";
    try {
      let after: number | undefined;
      for (let hasMore = true; hasMore; ) {
        const query = `${after === undefined ? "" : `&after_epoch=${after}`}${ofNet}`;
        const page = await get<List<LayerStats>>(`${this.path}/layers?limit=${LAYERS_PAGE_SIZE}${query}`);
        record.mergeLayerStats(page.data);
        after = page.data.at(-1)?.epoch;
        hasMore = page.has_more && after !== undefined;
      }
      this.scheduleRender();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
}
