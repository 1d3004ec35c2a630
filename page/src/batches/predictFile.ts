// Prediction of a file: it is uploaded, read, and predicted on the workers; it goes on when another page is opened.
import { signal } from "@preact/signals";
import { encodeSegment, get, mayPass, post, Problem } from "../api/client";
import type { Batch, Dataset, Model } from "../api/shapes";
import { currentPlace, hrefFor } from "../shell/route";
import { chooseReadOptions } from "../start/textFiles";
import { AbortError, currentUpload, endedUpload, uploadTable } from "../start/upload";

const POLL_MS = 1_000;
/** The most columns that stand before predictions. */
const MAX_COLUMNS = 1_000;

export interface FileOptions {
  /** The coverage of intervals or sets; null: none. */
  interval: number | null;
  /** Whether the columns of the file stand before the predictions. */
  keepsColumns: boolean;
}

interface FileState {
  modelId: string;
  /** While the server reads it. */
  dataset?: Dataset;
  problem?: Problem;
  /** The batch that it became. */
  batchId?: string;
}

/** The last file that was to be predicted. */
export const lastFile = signal<FileState | null>(null);

/** The dataset as it is now; as it was before while the server does not tell. */
async function readState(dataset: Dataset): Promise<Dataset> {
  try {
    return await get<Dataset>(`/v1/datasets/${encodeSegment(dataset.id)}`);
  } catch (error) {
    if (error instanceof Problem && mayPass(error)) return dataset;
    throw error;
  }
}

/** Predict a file, and leave the batch under `lastFile`. */
export async function predictFile(model: Model, file: File, options: FileOptions): Promise<void> {
  if (currentUpload.peek()) return;
  const place = currentPlace();
  const show = (state: Omit<FileState, "modelId">): void => void (lastFile.value = { modelId: model.id, ...state });
  const isHere = (): boolean => currentPlace() === place;
  show({});
  endedUpload.value = null;
  try {
    let dataset = await uploadTable(file, file.name, await chooseReadOptions(file), { place });
    while (dataset.status === "processing") {
      show({ dataset });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      dataset = await readState(dataset);
    }
    if (dataset.error) throw new Problem(dataset.error.status ?? 0, dataset.error);
    const names = (dataset.columns ?? []).map(({ name }) => name);
    const columns = options.keepsColumns ? names.slice(0, MAX_COLUMNS) : [];
    const batch = await post<Batch>(`/v1/models/${encodeSegment(model.id)}/batches`, { dataset_id: dataset.id, columns, interval: options.interval });
    show({ batchId: batch.id });
    const address = hrefFor(["models", `${model.name}:${model.version}`]);
    if (!isHere()) endedUpload.value = { name: file.name, outcome: "is being predicted", address };
  } catch (error) {
    lastFile.value = null;
    if (error instanceof AbortError) return;
    if (!(error instanceof Problem)) throw error;
    if (isHere()) show({ problem: error });
    else endedUpload.value = { name: file.name, problem: error };
  }
}
