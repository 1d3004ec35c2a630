// Routing: all view state is in the address, `#/jobs/job_…?scale=log`, so that a reload shows the same view.
import { signal } from "@preact/signals";

export interface Route {
  /** The segments of the path, decoded. */
  path: string[];
  query: URLSearchParams;
}

export const route = signal(parseHash());
addEventListener("hashchange", () => (route.value = parseHash()));

/** The path of the page that is shown, as text. */
export const currentPlace = (): string => route.value.path.join("/");

/** The address of a view. */
export function hrefFor(path: string[], query: Record<string, string | null | undefined> = {}): string {
  const present = Object.entries(query).filter((pair): pair is [string, string] => pair[1] != null && pair[1] !== "");
  const search = new URLSearchParams(present).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export function navigate(address: string): void {
  location.hash = address;
}

/** Change parameters of the query without a new history entry; null and empty remove one. */
export function setQuery(changes: Record<string, string | null>): void {
  const { path, query } = route.peek();
  const address = hrefFor(path, { ...Object.fromEntries(query), ...changes });
  history.replaceState(null, "", address);
  route.value = parseHash();
}

function parseHash(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decodeSegment), query: new URLSearchParams(query) };
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
