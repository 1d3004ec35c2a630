// Hook for the first rows of a dataset, of which histograms are made; fetched in parts, none of which keeps the page busy.
import { useEffect, useState } from "preact/hooks";
import { encodeSegment, get, Problem } from "../api/client";
import type { List, Row } from "../api/shapes";

export const SAMPLE_ROWS = 1_000;
/** The most cells of all rows together, and of each part. */
const MAX_CELLS = 120_000;
const PART_CELLS = 24_000;

/** The rows; undefined until they are there, and none where there are none or they cannot be read. */
export function useSample(datasetId: string, rows: number, columns: number): Row[] | undefined {
  const [sample, setSample] = useState<Row[]>();
  useEffect(() => {
    const controller = new AbortController();
    const count = Math.min(rows, SAMPLE_ROWS, Math.max(Math.floor(MAX_CELLS / Math.max(columns, 1)), 1));
    const part = Math.max(Math.floor(PART_CELLS / Math.max(columns, 1)), 1);
    fetchRows(datasetId, count, part, controller.signal).then(setSample, (error: unknown) => {
      if (error instanceof Problem && !controller.signal.aborted) setSample([]);
    });
    return () => controller.abort();
  }, [datasetId, rows, columns]);
  return sample;
}

async function fetchRows(datasetId: string, count: number, part: number, signal: AbortSignal): Promise<Row[]> {
  const found: Row[] = [];
  while (found.length < count) {
    const path = `/v1/datasets/${encodeSegment(datasetId)}/rows?after=${found.length}&limit=${Math.min(part, count - found.length)}`;
    const { data, has_more: hasMore } = await get<List<Row>>(path, signal);
    found.push(...data);
    if (!hasMore || data.length === 0) break;
  }
  return found;
}
