// Rows of a list of jobs: dataset and target, best loss, progress, status.
import type { Job, List } from "../api/shapes";
import { formatAge, formatCount, formatMetric, toWords } from "../shell/format";
import { hrefFor } from "../shell/route";
import { nameSubject } from "../api/targets";

export function StatusBadge({ status }: { status: string }) {
  return <span class={`status ${status}`}>{status}</span>;
}

const UNFINISHED = new Set(["queued", "running"]);

export const isUnfinished = (job: Job): boolean => UNFINISHED.has(job.status);
export const hasUnfinishedJobs = (list: List<Job>): boolean => list.data.some(isUnfinished);

export const jobName = (job: Job): string => job.spec.model_name ?? job.id;

/** The main metric of the best epoch. */
const describeBest = ({ best, main_metric: metric }: Job): string =>
  best?.metrics[metric] == null ? "" : `${toWords(metric)} ${formatMetric(metric, best.metrics[metric])}`;

export function JobRows({ jobs }: { jobs: Job[] }) {
  return (
    <ul class="rows card">
      {jobs.map((job) => (
        <li key={job.id}>
          <a href={hrefFor(["jobs", job.id])}>
            <span class="name">
              <strong>{jobName(job)}</strong>{" "}
              <span class="muted">
                → <bdi>{nameSubject(job.spec)}</bdi>
              </span>
            </span>
            <span class="muted number">{describeBest(job)}</span>
            <span class="muted number">
              {formatCount(job.progress.epoch)} of {formatCount(job.progress.epochs)} epochs
            </span>
            <StatusBadge status={job.status} />
            <span class="muted when">{formatAge(job.created_at)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
