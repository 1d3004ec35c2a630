// One way to ask the API: with the key if there is one, and with its problem documents as errors.
import { signal } from "@preact/signals";
import type { FieldError, ProblemDocument } from "./shapes";

const STORAGE_KEY = "gradus-key";

/** The key that is shown to the API; kept for this tab only. */
export const apiKey = signal(sessionStorage.getItem(STORAGE_KEY) ?? "");
/** Why the API wants a key, or another one; empty while it does not. */
export const signInReason = signal("");
/** Whether the server answered the last time that it was asked. */
export const isReachable = signal(true);

/** What the API refused, or that it could not be reached (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: FieldError[];

  constructor(status: number, document: Partial<ProblemDocument>) {
    super(document.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.title = document.title ?? "Something went wrong";
    this.errors = document.errors ?? [];
  }
}

export function signIn(newKey: string): void {
  apiKey.value = newKey;
  signInReason.value = "";
  if (newKey) sessionStorage.setItem(STORAGE_KEY, newKey);
  else sessionStorage.removeItem(STORAGE_KEY);
}

/** The answer of the server, whatever its status. Throws `Problem` if it refuses or cannot be reached. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const sentKey = apiKey.value;
  if (sentKey) headers.set("Authorization", `Bearer ${sentKey}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    isReachable.value = false;
    throw new Problem(0, { title: "No answer", detail: "The server does not answer. Is gradus up still running?" });
  }
  isReachable.value = true;
  if (response.ok) return response;
  const document = (await response.json().catch(() => ({}))) as Partial<ProblemDocument>;
  // what an earlier key was told, or none, says nothing of the one that was typed meanwhile
  if (response.status === 401 && sentKey === apiKey.value) signInReason.value = document.detail ?? "This needs a key.";
  throw new Problem(response.status, document);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, signal ? { signal } : {})).json()) as T;
}

export async function post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method: "POST", ...(signal ? { signal } : {}) };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  return (await (await request(path, init)).json()) as T;
}

export async function remove(path: string): Promise<void> {
  await request(path, { method: "DELETE" });
}

/** A part of a path, whatever stands in it. */
export const encodeSegment = encodeURIComponent;
