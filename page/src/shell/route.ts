// Where we are, wholly in the address: `#/jobs/job_…?scale=log`. Reloading it shows the same again.
import { signal } from "@preact/signals";

export interface Route {
  /** The parts of the path, decoded. */
  path: string[];
  query: URLSearchParams;
}

export const route = signal(parsed());
addEventListener("hashchange", () => (route.value = parsed()));

/** An address within the page. */
export function to(path: string[], query: Record<string, string | null | undefined> = {}): string {
  const kept = Object.entries(query).filter((pair): pair is [string, string] => pair[1] != null && pair[1] !== "");
  const asked = new URLSearchParams(kept).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${asked ? `?${asked}` : ""}`;
}

export function go(address: string): void {
  location.hash = address;
}

/** Change parts of the query, without a step in the browser's history; null and empty remove. */
export function ask(changes: Record<string, string | null>): void {
  const { path, query } = route.peek();
  const address = to(path, { ...Object.fromEntries(query), ...changes });
  history.replaceState(null, "", address);
  route.value = parsed();
}

function parsed(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
