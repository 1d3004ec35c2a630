// Table of jobs: what each learns, its loss curve, its main metric, how far it is; cards on a phone.
import { useState } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { Job } from "../api/shapes";
import { nameSubject } from "../api/targets";
import { Sparkline } from "../attempts/sparkline";
import { formatAge, formatCount, formatDuration, formatMetric, formatMoment, toWords } from "../shell/format";
import { hrefFor } from "../shell/route";
import { SortHeader, setFilter } from "./filters";
import { isUnfinished, jobName, StatusBadge } from "./jobRows";
import { EditLabelsButton, LabelForm, LabelLine } from "./labels";
import { SelectAllBox, SelectBox } from "./selection";

interface Props {
  jobs: Job[];
  onChange: () => void;
}

export function JobTable({ jobs, onChange }: Props) {
  const [edited, setEdited] = useState<string>();
  return (
    <table class="list card">
      <thead>
        <tr>
          <th scope="col">
            <SelectAllBox ids={jobs.map(({ id }) => id)} />
          </th>
          <SortHeader name="name" label="Run" />
          <th scope="col">Loss</th>
          <SortHeader name="score" label="Best epoch" />
          <th scope="col">Epochs</th>
          <SortHeader name="status" label="Status" />
          <SortHeader name="created" label="Age" />
          <th scope="col">
            <span class="visually-hidden">Tags and note</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} isEdited={edited === job.id} onEdit={setEdited} onChange={onChange} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  job: Job;
  isEdited: boolean;
  onEdit: (id: string | undefined) => void;
  onChange: () => void;
}

function JobRow({ job, isEdited, onEdit, onChange }: RowProps) {
  const name = job.model ?? jobName(job);
  return (
    <>
      <tr>
        <td class="first">
          <SelectBox id={job.id} name={`${name}, ${formatAge(job.created_at)}`} />
        </td>
        <td class="name">
          <a href={hrefFor(["jobs", job.id])}>
            <strong>{name}</strong>{" "}
            <span class="muted">
              → <bdi>{nameSubject(job.spec)}</bdi>
            </span>
          </a>
          <span class="under muted">
            <button class="plain" title="Show only the runs of this dataset" onClick={() => setFilter({ dataset_id: job.spec.dataset_id })}>
              <bdi>{job.dataset_name ?? "deleted dataset"}</bdi>
            </button>
            <LabelLine tags={job.tags} note={job.note ?? null} />
          </span>
        </td>
        <td class="curve">
          <Curve job={job} />
        </td>
        <td class="score number">{describeScore(job)}</td>
        <td class="epochs number muted">
          {describeEpochs(job)}
          <span class="unit"> epochs</span>
        </td>
        <td class="state">
          <StatusBadge status={job.status} />
        </td>
        <td class="when muted" title={formatMoment(job.created_at)}>
          {formatAge(job.created_at)}
        </td>
        <td class="row-tools">
          <EditLabelsButton name={name} isOpen={isEdited} onToggle={() => onEdit(isEdited ? undefined : job.id)} />
        </td>
      </tr>
      {isEdited && (
        <tr class="form">
          <td colSpan={8}>
            <LabelForm path={`/v1/jobs/${encodeSegment(job.id)}`} labels={job} onSaved={onChange} onClose={() => onEdit(undefined)} />
          </td>
        </tr>
      )}
    </>
  );
}

function Curve({ job }: { job: Job }) {
  const losses = (job.curve ?? []).map((loss) => loss ?? NaN);
  const finite = losses.filter(Number.isFinite);
  if (finite.length < 2) return null;
  return <Sparkline values={losses} highest={Math.max(...finite)} label={`Loss by epoch of ${jobName(job)}`} />;
}

/** The main metric of the best epoch, and that of always guessing the same. */
function describeScore({ best, baselines, main_metric: metric }: Job) {
  const value = best?.metrics[metric];
  if (value == null) return null;
  const naive = baselines?.naive.metrics[metric];
  return (
    <>
      <strong>{formatMetric(metric, value)}</strong> <span class="muted">{toWords(metric)}</span>
      {naive != null && <span class="under muted">baseline {formatMetric(metric, naive)}</span>}
    </>
  );
}

function describeEpochs(job: Job): string {
  const { epoch, epochs, eta_seconds: seconds } = job.progress;
  if (!isUnfinished(job) && job.status !== "paused") return formatCount(epoch);
  const left = job.status === "running" && seconds != null ? `, ${formatDuration(seconds)} left` : "";
  return `${formatCount(epoch)} of ${formatCount(epochs)}${left}`;
}
