// HTTP client of the API: sends the key if there is one, and throws problem documents (RFC 9457) as errors.
import { signal } from "@preact/signals";
import type { FieldError, ProblemDocument } from "./shapes";

const STORAGE_KEY = "gradus-key";

/** The API key; kept for this tab only. */
export const apiKey = signal(sessionStorage.getItem(STORAGE_KEY) ?? "");
/** Why the API asks for a key, or for another one; empty while it does not. */
export const signInReason = signal("");
/** Whether the last request reached the server. */
export const isReachable = signal(true);

/** An error response of the API; status 0 if the server cannot be reached. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: FieldError[];
  /** After how many seconds to try again, if the server says so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, document: Partial<ProblemDocument>, retryAfter?: number) {
    super(document.detail ?? `The server responded with status ${status}.`);
    this.status = status;
    this.title = document.title ?? "Something went wrong";
    this.errors = document.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

export function signIn(newKey: string): void {
  apiKey.value = newKey;
  signInReason.value = "";
  if (newKey) sessionStorage.setItem(STORAGE_KEY, newKey);
  else sessionStorage.removeItem(STORAGE_KEY);
}

/** Send a request. Throws `Problem` if the API refuses it or cannot be reached. */
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
    throw new Problem(0, { title: "No response", detail: "Can't reach the server. Is gradus up still running?" });
  }
  isReachable.value = true;
  if (response.ok) return response;
  const document = (await response.json().catch(() => ({}))) as Partial<ProblemDocument>;
  // a refusal of an earlier key, or of none, does not concern the one that was typed meanwhile
  if (response.status === 401 && sentKey === apiKey.value) signInReason.value = document.detail ?? "An API key is required.";
  throw new Problem(response.status, document, Number(response.headers.get("Retry-After")) || undefined);
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

/** One segment of a path, escaped. */
export const encodeSegment = encodeURIComponent;
