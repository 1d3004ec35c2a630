// Sends a file to the API as it is; what it holds is found out there.
import { call } from "../api/ask";
import type { Dataset } from "../api/shapes";

const KINDS: Record<string, string> = {
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  ndjson: "application/x-ndjson",
  jsonl: "application/x-ndjson",
  parquet: "application/vnd.apache.parquet",
};
export const ENDINGS = Object.keys(KINDS).map((ending) => `.${ending}`);

export async function upload(file: Blob, name: string): Promise<Dataset> {
  const ending = name.split(".").pop()?.toLowerCase() ?? "";
  const answer = await call(`/v1/datasets?${new URLSearchParams({ name })}`, {
    method: "POST",
    headers: { "Content-Type": KINDS[ending] ?? "text/csv" },
    body: file,
  });
  return (await answer.json()) as Dataset;
}

/** One of the tables that come along. */
export async function uploadExample(name: string): Promise<Dataset> {
  return upload(await (await call(`/page/${name}`)).blob(), name);
}
