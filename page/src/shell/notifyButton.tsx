// Button at a run under way that asks the browser for a notification when it ends.
import { useEffect } from "preact/hooks";
import type { Job } from "../api/shapes";
import { Icon } from "./icon";
import { canNotify, followRun, isNotifying, toggleNotifying } from "./longRun";

export function NotifyButton({ job }: { job: Job }) {
  const isOver = job.finished_at != null;
  useEffect(() => {
    if (isNotifying.value && !isOver) followRun(job.id);
  }, [job.id, isOver, isNotifying.value]);
  if (isOver || !canNotify()) return null;
  return (
    <button class="small" aria-pressed={isNotifying.value} onClick={() => void toggleNotifying()}>
      <Icon name={isNotifying.value ? "check" : "bell"} /> Notify me when it ends
    </button>
  );
}
