// How far a job is, how long it will take, and the buttons to hold, end or forget it.
import { useState } from "preact/hooks";
import { part, post, Problem, remove } from "../api/ask";
import type { Job } from "../api/shapes";
import { about, duration, figure, words } from "../shell/figures";
import { Icon, type IconName } from "../shell/icon";
import { Trouble } from "../shell/notice";
import { go, to } from "../shell/route";
import type { Story } from "./story";

const ACTIONS: [string, string, IconName, string][] = [
  ["pause", "Pause", "pause", "Stop for a while; it goes on where it was"],
  ["resume", "Resume", "play", "Go on where it was"],
  ["finish", "Finish", "flag", "End now, and keep the best net so far"],
  ["cancel", "Cancel", "cross", "End now, and keep no net"],
  ["delete", "Delete", "trash", "Forget the job and its epochs; its model stays"],
];
const ASKED_TWICE = new Set(["cancel", "delete"]);

export function Progress({ job, story }: { job: Job; story: Story }) {
  void story.version.value;
  const newest = story.newest?.epoch ?? job.progress.epoch;
  const { epochs } = job.progress;
  const share = job.status === "succeeded" ? 1 : newest / epochs;
  return (
    <section class="progress card" aria-label="Progress">
      <div class="meter" data-status={job.status}>
        <progress value={share} max={1} aria-label="Epochs done" />
      </div>
      <dl class="figures">
        <Figure name="epoch" value={`${newest} of ${epochs}`} />
        <Figure name="training loss" value={figure(story.newest?.train_loss ?? job.latest?.train_loss)} kind="blue" />
        <Figure
          name="validation loss"
          value={figure(story.newest?.validation_loss ?? job.latest?.validation_loss)}
          kind="amber"
        />
        <Figure name="best epoch" value={job.best ? String(job.best.epoch) : "–"} />
        <Figure name={when(job)[0]} value={when(job)[1]} />
      </dl>
      <Controls job={job} story={story} />
      <p class="soft away" role="status">
        {!story.connected.value && "The stream of news broke; taking it up again where it stopped."}
      </p>
    </section>
  );
}

function when(job: Job): [string, string] {
  const { progress } = job;
  if (job.status === "queued") {
    const ahead = progress.queue_position ?? 0;
    return ["waiting for a worker", ahead ? `${ahead} before it` : "next in line"];
  }
  if (job.status === "running") {
    return ["time left, at most", progress.eta_seconds == null ? "…" : duration(progress.eta_seconds)];
  }
  if (job.status === "paused") return ["paused after", `${progress.epoch} epochs`];
  if (job.stop_reason) return ["ended by", words(job.stop_reason)];
  if (progress.samples_per_second) return ["rows a second", about(progress.samples_per_second)];
  return ["ended", words(job.status)];
}

function Figure({ name, value, kind = "" }: { name: string; value: string; kind?: string }) {
  return (
    <div class={kind}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Controls({ job, story }: { job: Job; story: Story }) {
  const [sure, setSure] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const act = async (action: string): Promise<void> => {
    if (ASKED_TWICE.has(action) && sure !== action) {
      setSure(action);
      return;
    }
    setSure("");
    setBusy(true);
    setProblem(undefined);
    try {
      if (action === "delete") {
        await remove(`/v1/jobs/${part(job.id)}`);
        go(to(["jobs"]));
        return;
      }
      story.job.value = await post<Job>(`/v1/jobs/${part(job.id)}/${action}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      void story.look();
    }
    setBusy(false);
  };

  return (
    <div class="controls">
      {ACTIONS.filter(([action]) => job.allowed_actions.includes(action)).map(([action, name, icon, why]) => (
        <button
          key={action}
          class={`small ${sure === action ? "sure" : ""}`}
          title={why}
          disabled={busy}
          onBlur={() => setSure("")}
          onClick={() => void act(action)}
        >
          <Icon name={icon} /> {sure === action ? `Really ${action}?` : name}
        </button>
      ))}
      {problem && <Trouble problem={problem} />}
    </div>
  );
}
