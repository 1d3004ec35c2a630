// Jobs as rows: what is learned, how it fares, how good it got.
import type { Job } from "../api/shapes";
import { ago, figure } from "../shell/figures";
import { to } from "../shell/route";

export function Status({ status }: { status: string }) {
  return <span class={`status ${status}`}>{status}</span>;
}

export const jobName = (job: Job): string => job.spec.model_name ?? job.id;

export function JobRows({ jobs, chosen, choose }: { jobs: Job[]; chosen?: string[]; choose?: (id: string) => void }) {
  return (
    <ul class="rows card">
      {jobs.map((job) => (
        <li key={job.id}>
          {choose && (
            <input
              type="checkbox"
              aria-label={`Compare ${jobName(job)}, ${ago(job.created_at)}`}
              checked={chosen?.includes(job.id) ?? false}
              onChange={() => choose(job.id)}
            />
          )}
          <a href={to(["jobs", job.id])}>
            <span class="name">
              <strong>{jobName(job)}</strong> <span class="soft">learns {job.spec.target}</span>
            </span>
            <span class="soft number">
              {job.best ? `loss ${figure(job.best.validation_loss ?? job.best.train_loss)}` : ""}
            </span>
            <span class="soft number">
              {job.progress.epoch} of {job.progress.epochs} epochs
            </span>
            <Status status={job.status} />
            <span class="soft when">{ago(job.created_at)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
