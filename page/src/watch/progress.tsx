// Progress of a job: epoch, losses, time left, and the buttons to pause, finish, cancel or delete it.
import { useState } from "preact/hooks";
import { encodeSegment, isAllowed, isReachable, post, remove } from "../api/client";
import type { Job } from "../api/shapes";
import { useAction } from "../api/useAction";
import { Term } from "../help/term";
import { formatCompact, formatCount, formatDuration, formatMetric, formatNumber, toWords } from "../shell/format";
import { Icon, type IconName } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { NotifyButton } from "../shell/notifyButton";
import { navigate, hrefFor } from "../shell/route";
import type { JobStore } from "./jobStore";
import { findBest } from "./netChoice";

const ACTIONS: [string, string, IconName, string][] = [
  ["pause", "Pause", "pause", "Pause training; it resumes where it stopped"],
  ["resume", "Resume", "play", "Resume where it stopped"],
  ["finish", "Finish", "flag", "End training now and keep the best net so far"],
  ["cancel", "Cancel", "cross", "End training now and keep no model"],
  ["delete", "Delete", "trash", "Delete the job and its epochs; its model stays"],
];
const CONFIRMED_ACTIONS = new Set(["cancel", "delete"]);

export function Progress({ job, store }: { job: Job; store: JobStore }) {
  void store.version.value;
  const newest = job.nets ? countEpochs(job, job.nets) : (store.shown.newestEpoch?.epoch ?? job.progress.epoch);
  const { epochs } = job.progress;
  const best = findBest(job);
  const selectedBy = best?.selected_by;
  const share = job.status === "succeeded" ? 1 : newest / epochs;
  return (
    <section class="progress card" aria-label="Progress">
      <div class="meter" data-status={job.status}>
        <progress value={share} max={1} aria-label="Epochs done" />
      </div>
      <dl class="figures">
        <Stat name={job.nets ? "epochs of all nets" : "epoch"} value={`${formatCount(newest)} of ${formatCount(epochs)}`} />
        <Stat name="training loss" value={formatNumber(store.shown.newestEpoch?.train_loss ?? job.latest?.train_loss)} kind="blue" />
        <Stat
          name="validation loss"
          value={formatNumber(store.shown.newestEpoch?.validation_loss ?? job.latest?.validation_loss)}
          kind="amber"
        />
        <Stat name="best epoch" value={best?.epoch ? formatCount(best.epoch) : "–"} />
        {selectedBy && <Stat name={`${toWords(selectedBy)}, best epoch`} value={formatMetric(selectedBy, best?.metrics[selectedBy])} />}
        <Stat name={describeTiming(job)[0]} value={describeTiming(job)[1]} />
      </dl>
      <Controls job={job} store={store} />
      <p class="muted offline" role="status">
        {isReachable.value && store.interruption.value}
      </p>
    </section>
  );
}

/** The epochs of all nets; once they have ended only those that were trained, and not those that they did not need. */
const countEpochs = ({ finished_at, progress }: Job, nets: NonNullable<Job["nets"]>): number =>
  finished_at ? nets.reduce((sum, net) => sum + net.epoch, 0) : progress.epoch;

function describeTiming(job: Job): [string, string] {
  const { progress } = job;
  if (job.nets && progress.epoch === progress.epochs && !job.finished_at) return ["become one model", `${job.nets.length} nets`];
  if (job.status === "queued") {
    const ahead = progress.queue_position ?? 0;
    return [progress.epoch ? "going on soon" : "starting soon", ahead ? `${ahead} ahead in queue` : "next in queue"];
  }
  if (job.status === "running" && progress.prepared != null) {
    return ["features of pictures made", `${Math.round(100 * progress.prepared)}%`];
  }
  if (job.status === "running") {
    return ["time left (max)", progress.eta_seconds == null ? "…" : formatDuration(progress.eta_seconds)];
  }
  if (job.status === "paused") return ["paused after", `${formatCount(progress.epoch)} epochs`];
  if (job.nets && job.status === "succeeded") return ["became one model", `${job.nets.length} nets`];
  const epochs = `${formatCount(progress.epoch)} epochs`;
  if (job.stop_reason === "all_epochs") return ["reached the epoch limit", epochs];
  if (job.stop_reason === "time_limit") return ["reached the time limit after", epochs];
  if (job.stop_reason === "finished_by_user") return ["you ended it after", epochs];
  if (job.stop_reason === "early_stopping") {
    return ["stopped early: no improvement for", `${job.spec.early_stopping?.patience ?? "several"} epochs`];
  }
  if (progress.samples_per_second) return ["rows a second", formatCompact(progress.samples_per_second)];
  return ["ended", toWords(job.status)];
}

function Stat({ name, value, kind = "" }: { name: string; value: string; kind?: string }) {
  return (
    <div class={kind}>
      <dt>
        <Term>{name}</Term>
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

function Controls({ job, store }: { job: Job; store: JobStore }) {
  const [confirming, setConfirming] = useState("");
  const { isBusy, problem, run } = useAction((failure) => failure && void store.refresh());
  const path = `/v1/jobs/${encodeSegment(job.id)}`;
  const deleteJob = async (): Promise<void> => {
    await remove(path);
    navigate(hrefFor(["jobs"]));
  };
  const runAction = (action: string): void => {
    if (CONFIRMED_ACTIONS.has(action) && confirming !== action) {
      setConfirming(action);
      return;
    }
    setConfirming("");
    run(action === "delete" ? deleteJob : () => store.update(post<Job>(`${path}/${action}`)));
  };

  return (
    <div class="controls">
      {ACTIONS.filter(([action]) => isAllowed("train") && job.allowed_actions.includes(action)).map(([action, name, icon, tooltip]) => (
        <button
          key={action}
          class={`small ${confirming === action ? "confirm" : ""}`}
          title={tooltip}
          disabled={isBusy || !isReachable.value}
          onBlur={() => setConfirming("")}
          onClick={() => runAction(action)}
        >
          <Icon name={icon} /> {confirming === action ? `Really ${action}?` : name}
        </button>
      ))}
      <NotifyButton job={job} />
      {problem && problem.status !== 0 && <ErrorNotice problem={problem} />}
    </div>
  );
}
