// Output of a batch as a file; in another format it is predicted once more, by a batch of its own.
import { encodeSegment, post, Problem, request } from "../api/client";
import { saveFile } from "../api/saveFile";
import type { Batch } from "../api/shapes";

export type BatchFormat = Batch["format"];
export const FORMATS: Record<BatchFormat, string> = { csv: "CSV", ndjson: "NDJSON", parquet: "Parquet" };

const WAIT_SECONDS = 20;

export const isActive = ({ status }: Batch): boolean => status === "queued" || status === "running";
export const batchPath = ({ id }: Batch): string => `/v1/batches/${encodeSegment(id)}`;

/**
 * Save the predictions of a batch in a format.
 *
 * @param others batches of the same model, one of which may have these predictions in this format
 * @param name of the file, without its ending
 */
export async function saveOutput(batch: Batch, format: BatchFormat, others: Batch[], name: string): Promise<void> {
  const has = (other: Batch): boolean => other.format === format && other.status === "succeeded" && specOf(other) === specOf(batch);
  const source = [batch, ...others].find(has) ?? (await predictAgain(batch, format));
  if (source.error) throw new Problem(source.error.status ?? 0, source.error);
  await saveFile(`${batchPath(source)}/output`, `${name}.${format}`);
}

async function predictAgain({ model_id: model, dataset_id, columns, interval }: Batch, format: BatchFormat): Promise<Batch> {
  let batch = await post<Batch>(`/v1/models/${encodeSegment(model)}/batches`, { dataset_id, columns, interval, format });
  while (isActive(batch)) {
    batch = (await (await request(batchPath(batch), { headers: { Prefer: `wait=${WAIT_SECONDS}` } })).json()) as Batch;
  }
  return batch;
}

const specOf = ({ dataset_id, columns, interval }: Batch): string => JSON.stringify([dataset_id, columns, interval]);
