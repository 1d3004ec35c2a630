// One way to ask the API: with the key if there is one, and with its problem documents as errors.
import { signal } from "@preact/signals";
import type { FieldError, ProblemDocument } from "./shapes";

const KEPT = "gradus-key";

/** The key that is shown to the API; kept for this tab only. */
export const key = signal(sessionStorage.getItem(KEPT) ?? "");
/** Why the API wants a key, or another one; empty while it does not. */
export const keyWanted = signal("");
/** Whether the server answered the last time that it was asked. */
export const reachable = signal(true);

/** What the API refused, or that it could not be reached (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: FieldError[];

  constructor(status: number, told: Partial<ProblemDocument>) {
    super(told.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.title = told.title ?? "Something went wrong";
    this.errors = told.errors ?? [];
  }
}

export function signIn(with_: string): void {
  key.value = with_;
  keyWanted.value = "";
  if (with_) sessionStorage.setItem(KEPT, with_);
  else sessionStorage.removeItem(KEPT);
}

/** The answer of the server, whatever its status. Throws `Problem` if it refuses or cannot be reached. */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const shown = key.value;
  if (shown) headers.set("Authorization", `Bearer ${shown}`);
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    reachable.value = false;
    throw new Problem(0, { title: "No answer", detail: "The server does not answer. Is gradus up still running?" });
  }
  reachable.value = true;
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => ({}))) as Partial<ProblemDocument>;
  // what an earlier key was told, or none, says nothing of the one that was typed meanwhile
  if (answer.status === 401 && shown === key.value) keyWanted.value = told.detail ?? "This needs a key.";
  throw new Problem(answer.status, told);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await call(path, signal ? { signal } : {})).json()) as T;
}

export async function post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method: "POST", ...(signal ? { signal } : {}) };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  return (await (await call(path, init)).json()) as T;
}

export async function remove(path: string): Promise<void> {
  await call(path, { method: "DELETE" });
}

/** A part of a path, whatever stands in it. */
export const part = encodeURIComponent;
