// Hook for some held-out rows of a dataset, evenly spread, with their pictures.
import { useEffect, useState } from "preact/hooks";
import { encodeSegment, get, request } from "../api/client";
import type { Job, List, Row, SplitRows } from "../api/shapes";
import { picturePath, readAsDataUrl } from "../shell/picture";
import { pathOfNet } from "./netChoice";
import type { ExampleRow } from "./predictedExamples";

const COUNT = 12;
const PICTURE_SIZE = 256;

/** The rows; none while they are not there. `image` is the column of their pictures, if there is one. */
export function useExamples(job: Job, isAsked: boolean, image: string | undefined): ExampleRow[] | undefined {
  const [examples, setExamples] = useState<ExampleRow[]>();
  const path = isAsked ? pathOfNet(job, "split?part=validation&limit=1000") : null;
  useEffect(() => {
    setExamples(undefined);
    if (path === null) return;
    const controller = new AbortController();
    const dataset = job.spec.dataset_id;
    const load = async ({ row }: { row: number }): Promise<ExampleRow | undefined> => {
      const found = await get<List<Row>>(`/v1/datasets/${encodeSegment(dataset)}/rows?after=${row - 1}&limit=1`, controller.signal);
      const [cells] = found.data;
      if (!cells || image === undefined) return cells && { row, cells };
      const picture = await request(picturePath(dataset, row - 1, image, PICTURE_SIZE), { signal: controller.signal });
      return { row, cells: { ...cells, [image]: await readAsDataUrl(await picture.blob()) } };
    };
    get<SplitRows>(path, controller.signal)
      .then(({ data }) => Promise.all(spread(data, COUNT).map(load)))
      .then((found) => setExamples(found.filter((one) => one !== undefined)), () => undefined);
    return () => controller.abort();
  }, [path, image]);
  return examples;
}

const spread = <T,>(list: T[], count: number): T[] =>
  list.length <= count ? list : Array.from({ length: count }, (_, n) => list[Math.floor(((n + 0.5) * list.length) / count)] as T);
