// Button at a run under way that asks the browser for a notification when it ends.
import { useEffect } from "preact/hooks";
import type { Job } from "../api/shapes";
import { Icon } from "./icon";
import { canNotify, followRun, hasNotifications, toggleNotifications } from "./longRun";

export function NotifyButton({ job }: { job: Job }) {
  const isOver = job.finished_at != null;
  useEffect(() => {
    if (hasNotifications.value && !isOver) followRun(job.id);
  }, [job.id, isOver, hasNotifications.value]);
  if (isOver || !canNotify()) return null;
  return (
    <button class="small" aria-pressed={hasNotifications.value} onClick={() => void toggleNotifications()}>
      <Icon name={hasNotifications.value ? "check" : "bell"} /> Notify me when it ends
    </button>
  );
}
