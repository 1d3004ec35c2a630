// Upload of a file, as it is: the API parses it. One at a time, with its progress; it goes on when another page is opened.
import { signal } from "@preact/signals";
import { apiKey, encodeSegment, isReachable, noResponse, Problem, readProblem, remove, request } from "../api/client";
import type { Dataset, ProblemDocument } from "../api/shapes";

/** A type that says nothing: the API finds the format by the bytes and the name. */
const BYTES = "application/octet-stream";
const JSON_TYPE = "application/json";
/** The status of a dataset that was not there before. */
const CREATED = 201;
export const EXTENSIONS = ["csv", "tsv", "tab", "txt", "dat", "data", "ndjson", "jsonl", "json", "parquet", "pq", "xlsx", "xlsm", "xlsb", "xls", "ods", "html", "htm", "arff", "md", "markdown", "text", "zip", "tar", "tgz", "gz"].map(
  (extension) => `.${extension}`,
);

export interface Upload {
  name: string;
  /** Bytes sent so far, and in all; once all are sent, the server reads the table. */
  sent: number;
  total: number;
  /** What the server does once all is sent. */
  work: "Reading" | "Predicting";
  /** The path of the page that shows its progress in place; the others show it above everything. */
  place: string | undefined;
  cancel: () => void;
}

export interface UploadResult {
  name: string;
  problem?: Problem;
  /** Where what came of it is shown. */
  address?: string;
  /** What became of it, after its name; without it, it is uploaded. */
  outcome?: string;
}

/** The upload that is under way. */
export const currentUpload = signal<Upload | null>(null);
/** The upload that ended while another page was open. */
export const endedUpload = signal<UploadResult | null>(null);

/** Thrown where an upload was cancelled by its user. */
export class AbortError extends Error {}

/** Options of reading a file, as the query of an upload takes them. */
export type UploadOptions = Record<string, string>;

interface UploadMeans {
  mediaType?: string;
  place?: string;
}

interface SendMeans {
  name: string;
  headers: Record<string, string>;
  work: Upload["work"];
  place?: string | undefined;
  /** What is done with an answer that came after its user had cancelled. */
  discard?: (answer: Answer) => void;
}

interface Answer {
  status: number;
  text: string;
}

/** Upload a table; one that is there already, with the same name and options, is not made again. */
export async function uploadTable(file: Blob, name: string, options: UploadOptions = {}, { mediaType = BYTES, place }: UploadMeans = {}): Promise<Dataset> {
  const discard = ({ status, text }: Answer): void => {
    if (status === CREATED) void remove(`/v1/datasets/${encodeSegment((parse(text) as Dataset).id)}`).catch(() => undefined);
  };
  const path = `/v1/datasets?${new URLSearchParams({ name, reuse: "true", ...options })}`;
  const { text } = await sendFile(path, file, { name, headers: { "Content-Type": mediaType }, work: "Reading", place, discard });
  return parse(text) as Dataset;
}

/** Post a file, and show how far it is; throws `Problem` if it is refused, and `AbortError` if its user cancels. */
export function sendFile(path: string, file: Blob, { name, headers, work, place, discard }: SendMeans): Promise<Answer> {
  const xhr = new XMLHttpRequest();
  const sentKey = apiKey.value;
  xhr.open("POST", path);
  for (const [header, text] of Object.entries(headers)) xhr.setRequestHeader(header, text);
  if (sentKey) xhr.setRequestHeader("Authorization", `Bearer ${sentKey}`);
  return new Promise<Answer>((resolve, reject) => {
    let isCancelled = false;
    let isSent = false;
    const cancel = (): void => {
      isCancelled = true;
      if (!isSent) xhr.abort();
      reject(new AbortError()); // the server has it, so what it makes of it is deleted below
    };
    const show = (sent: number): void => {
      if (!isCancelled) currentUpload.value = { name, sent, total: file.size, work, place, cancel };
    };
    show(0);
    xhr.upload.onprogress = ({ loaded }) => show(Math.min(loaded, file.size));
    xhr.upload.onload = () => {
      isSent = true;
      show(file.size);
    };
    xhr.onabort = () => reject(new AbortError());
    xhr.onerror = () => reject(noResponse());
    xhr.onload = () => {
      isReachable.value = true;
      const answer = { status: xhr.status, text: xhr.responseText };
      if (isCancelled) discard?.(answer);
      if (xhr.status < 300) resolve(answer);
      else reject(readProblem(xhr.status, parse(answer.text) as Partial<ProblemDocument>, sentKey));
    };
    xhr.send(file);
  }).finally(() => (currentUpload.value = null));
}

/** Upload the file of a dataset once more, to be read with other options. */
export async function readAgain(dataset: Dataset, changes: UploadOptions): Promise<Dataset> {
  const response = await request(`/v1/datasets/${encodeURIComponent(dataset.id)}/content`);
  const options = { ...givenOptions(dataset), ...changes };
  const mediaType = response.headers.get("Content-Type") ?? BYTES;
  // rows in a request for a dataset are JSON too, and another thing
  return uploadTable(await response.blob(), dataset.name, options, { mediaType: mediaType.startsWith(JSON_TYPE) ? BYTES : mediaType });
}

/** The options with which a dataset was uploaded. */
function givenOptions(dataset: Dataset): UploadOptions {
  const given = Object.entries(dataset.read_options ?? {}).filter(([, value]) => value != null);
  const options = Object.fromEntries(given.map(([name, value]) => [name, Array.isArray(value) ? JSON.stringify(value) : String(value)]));
  return Object.keys(dataset.types).length ? { ...options, types: JSON.stringify(dataset.types) } : options;
}

/** Upload one of the examples. */
export async function uploadExample(name: string, place: string): Promise<Dataset> {
  const options: UploadOptions = name.endsWith(".txt") ? { format: "text" } : {};
  return uploadTable(await (await request(`/page/${name}`)).blob(), name, options, { place });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
