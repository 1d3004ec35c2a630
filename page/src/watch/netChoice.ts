// Which net of an ensemble is shown: the address says it, and every request for what is recorded of a net names it.
import { encodeSegment } from "../api/client";
import type { Job } from "../api/shapes";
import { route } from "../shell/route";
import type { JobStore } from "./jobStore";

/** The number of the net that is shown, from 1; 1 of a job of one net. */
export function chooseNet(): number {
  const asked = Number(route.value.query.get("net") ?? 1);
  return Number.isInteger(asked) && asked > 0 ? asked : 1;
}

/** The path of what is recorded of a job's net, such as `weights?epoch=3`. */
export function pathOfNet(job: Job, resource: string): string {
  const net = chooseNet();
  const path = `/v1/jobs/${encodeSegment(job.id)}/${resource}`;
  return net === 1 ? path : `${path}${resource.includes("?") ? "&" : "?"}net=${net}`;
}

/** The best epoch of the net that is shown. */
export function findBest(job: Job | undefined): Job["best"] | undefined {
  return job?.nets ? job.nets.find(({ net }) => net === chooseNet())?.best : job?.best;
}

/** Whether anything is recorded of the net that is shown. */
export function hasNetStarted(job: Job, store: JobStore): boolean {
  const net = job.nets?.find((one) => one.net === chooseNet());
  const hasBegun = job.nets ? (net?.epoch ?? 0) > 0 : job.baselines !== null || job.progress.epoch > 0;
  return hasBegun || store.shown.newestEpoch !== undefined || store.shown.layerStats.length > 0;
}
