// Notifications of the browser when a long run ends, on whatever page its user is by then; only if they want so.
import { signal } from "@preact/signals";
import { encodeSegment, get, mayPass, Problem } from "../api/client";
import type { Job } from "../api/shapes";
import { hrefFor, navigate, route } from "./route";

const STORAGE_KEY = "gradus-notify";
const MIN_SECONDS = 20;
const POLL_MS = 4_000;

const isPermitted = (): boolean => "Notification" in window && Notification.permission === "granted";

/** Whether the browser can show notifications, and did not refuse them. */
export const canNotify = (): boolean => "Notification" in window && isSecureContext && Notification.permission !== "denied";
/** Whether its user wants to be told of the end of long runs. */
export const hasNotifications = signal(localStorage.getItem(STORAGE_KEY) !== null && isPermitted());

/** Begin or end to notify; the browser asks for leave the first time. */
export async function toggleNotifications(): Promise<void> {
  if (hasNotifications.value) {
    localStorage.removeItem(STORAGE_KEY);
    hasNotifications.value = false;
    for (const timer of timers.values()) clearInterval(timer);
    timers.clear();
  } else if (isPermitted() || (await Notification.requestPermission()) === "granted") {
    localStorage.setItem(STORAGE_KEY, "on");
    hasNotifications.value = true;
  }
}

const timers = new Map<string, number>();

/** Look at a run until it ends, also from other pages, and then tell of it. */
export function followRun(id: string): void {
  if (timers.has(id)) return;
  const look = async (): Promise<void> => {
    try {
      const job = await get<Job>(`/v1/jobs/${encodeSegment(id)}`);
      if (!job.finished_at) return;
      if (hasNotifications.value && isLong(job) && !isLookedAt(id)) notify(job);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (mayPass(error)) return;
    }
    clearInterval(timers.get(id));
    timers.delete(id);
  };
  timers.set(id, window.setInterval(() => void look(), POLL_MS));
}

/** Whether a run took so long that one does something else meanwhile. */
export const isLong = ({ created_at, finished_at }: Pick<Job, "created_at" | "finished_at">): boolean =>
  finished_at != null && Date.parse(finished_at) - Date.parse(created_at) > MIN_SECONDS * 1000;

const isLookedAt = (id: string): boolean => document.hasFocus() && route.peek().path[1] === id;

function notify(job: Job): void {
  const name = job.spec.model_name ?? job.id;
  try {
    const notification = new Notification(`${name}: ${job.status}`, { body: job.verdict ?? "", tag: job.id });
    notification.onclick = () => {
      window.focus();
      navigate(hrefFor(["jobs", job.id]));
    };
  } catch {
    // a browser that shows none from pages, as on phones
  }
}
