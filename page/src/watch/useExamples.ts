// Hook for some held-out rows of a dataset, evenly spread, with their pictures.
import { useEffect, useState } from "preact/hooks";
import { encodeSegment, get, Problem, request } from "../api/client";
import type { Job, List, Row, SplitRows } from "../api/shapes";
import { picturePath, readAsDataUrl } from "../shell/picture";
import { pathOfNet } from "./netChoice";
import type { ExampleRow } from "./predictedExamples";

const COUNT = 12;
const PICTURE_SIZE = 256;

interface Examples {
  /** The rows; undefined while they are not there. */
  examples?: ExampleRow[];
  /** Why they could not be had. */
  problem?: Problem;
}

/** @param image the column of their pictures, if there is one */
export function useExamples(job: Job, isAsked: boolean, image: string | undefined): Examples {
  const [state, setState] = useState<Examples>({});
  const path = isAsked ? pathOfNet(job, "split?part=validation&limit=1000") : null;
  useEffect(() => {
    setState({});
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
      .then((found) => setState({ examples: found.filter((one) => one !== undefined) }))
      .catch((problem: unknown) => {
        if (controller.signal.aborted) return;
        if (!(problem instanceof Problem)) throw problem;
        setState({ problem });
      });
    return () => controller.abort();
  }, [path, image]);
  return state;
}

const spread = <T,>(list: T[], count: number): T[] =>
  list.length <= count ? list : Array.from({ length: count }, (_, n) => list[Math.floor(((n + 0.5) * list.length) / count)] as T);
