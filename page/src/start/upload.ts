// Upload of a file, as it is: the API parses it.
import { request } from "../api/client";
import type { Dataset } from "../api/shapes";

const MEDIA_TYPES: Record<string, string> = {
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  ndjson: "application/x-ndjson",
  jsonl: "application/x-ndjson",
  parquet: "application/vnd.apache.parquet",
};
export const EXTENSIONS = Object.keys(MEDIA_TYPES).map((extension) => `.${extension}`);

export async function uploadTable(file: Blob, name: string): Promise<Dataset> {
  const extension = name.split(".").pop()?.toLowerCase() ?? "";
  const response = await request(`/v1/datasets?${new URLSearchParams({ name })}`, {
    method: "POST",
    headers: { "Content-Type": MEDIA_TYPES[extension] ?? "text/csv" },
    body: file,
  });
  return (await response.json()) as Dataset;
}

/** Upload one of the example tables. */
export async function uploadExample(name: string): Promise<Dataset> {
  return uploadTable(await (await request(`/page/${name}`)).blob(), name);
}
