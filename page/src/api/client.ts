// HTTP client of the API: sends the key if there is one, and throws problem documents (RFC 9457) as errors.
import { computed, signal } from "@preact/signals";
import type { AccessResponse, FieldError, ProblemDocument, Scope } from "./shapes";

const STORAGE_KEY = "gradus-key";

/** The API key; kept for this tab, or for this browser if its user wants so. */
export const apiKey = signal(sessionStorage.getItem(STORAGE_KEY) ?? localStorage.getItem(STORAGE_KEY) ?? "");
/** Why a key is asked for: none was given, or one that is refused; null while none is asked for. */
export const signInReason = signal<"none" | "refused" | null>(null);
/** Whose key it is, and what it allows; null until it is known. */
export const access = signal<AccessResponse | null>(null);
export const scopes = computed<Scope[] | null>(() => access.value?.scopes ?? null);
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

/** Whether the same request may succeed later. */
export const mayPass = ({ status }: { status?: number | null }): boolean => !status || status === 408 || status === 429 || status >= 500;

/** Use a key from now on; an empty one signs out. */
export function signIn(newKey: string, isRemembered = false): void {
  sessionStorage.removeItem(STORAGE_KEY);
  localStorage.removeItem(STORAGE_KEY);
  if (newKey) (isRemembered ? localStorage : sessionStorage).setItem(STORAGE_KEY, newKey);
  access.value = null;
  apiKey.value = newKey;
  signInReason.value = null;
}

/** Whether the key allows this; true until it is known, for the API refuses what it does not allow. */
export const isAllowed = (scope: Scope): boolean =>
  scopes.value === null || scopes.value.includes(scope) || scopes.value.includes("admin");

/** Ask the API what the key allows. */
export async function loadScopes(): Promise<void> {
  const askedWith = apiKey.value;
  const answer = await get<AccessResponse>("/v1/access");
  if (askedWith === apiKey.value) access.value = answer;
}

/** The problem of a response that is no success; an error of the key asks for another one. */
export function readProblem(status: number, document: Partial<ProblemDocument>, sentKey: string, retryAfter?: number): Problem {
  // a refusal of an earlier key, or of none, does not concern the one that was typed meanwhile
  if (status === 401 && sentKey === apiKey.value) signInReason.value = sentKey ? "refused" : "none";
  return new Problem(status, document, retryAfter);
}

/** The problem of a request that got no response. */
export function noResponse(): Problem {
  isReachable.value = false;
  return new Problem(0, { title: "No response", detail: "Can't reach the server. Is gradus up still running?" });
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
    throw noResponse();
  }
  isReachable.value = true;
  if (response.ok) return response;
  const document = (await response.json().catch(() => ({}))) as Partial<ProblemDocument>;
  throw readProblem(response.status, document, sentKey, Number(response.headers.get("Retry-After")) || undefined);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, signal ? { signal } : {})).json()) as T;
}

export const post = <T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> => sendJson<T>("POST", path, body, signal);

/** Send something as JSON. */
export async function sendJson<T>(method: "POST" | "PUT" | "PATCH", path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, ...(signal ? { signal } : {}) };
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
