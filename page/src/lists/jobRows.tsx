// Rows of a list of jobs: dataset and target, best loss, progress, status.
import type { Job, List } from "../api/shapes";
import { formatAge, formatCount, formatMetric, formatNumber, toWords } from "../shell/format";
import { hrefFor } from "../shell/route";
import { nameSubject } from "../api/targets";

export function StatusBadge({ status }: { status: string }) {
  return <span class={`status ${status}`}>{status}</span>;
}

const UNFINISHED = new Set(["queued", "running"]);

export const isUnfinished = (job: Job): boolean => UNFINISHED.has(job.status);
export const hasUnfinishedJobs = (list: List<Job>): boolean => list.data.some(isUnfinished);

export const jobName = (job: Job): string => job.spec.model_name ?? job.id;

/** What the best epoch came to, by what it was chosen. */
function describeBest({ best }: Job): string {
  if (!best) return "";
  const metric = best.selected_by;
  if (metric) return `${toWords(metric)} ${formatMetric(metric, best.metrics[metric])}`;
  return `loss ${formatNumber(best.validation_loss ?? best.train_loss)}`;
}

export function JobRows({ jobs, selected, toggle }: { jobs: Job[]; selected?: string[]; toggle?: (id: string) => void }) {
  return (
    <ul class="rows card">
      {jobs.map((job) => (
        <li key={job.id}>
          {toggle && (
            <label class="select">
              <input
                type="checkbox"
                aria-label={`Compare ${jobName(job)}, ${formatAge(job.created_at)}`}
                checked={selected?.includes(job.id) ?? false}
                onChange={() => toggle(job.id)}
              />
            </label>
          )}
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
