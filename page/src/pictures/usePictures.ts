// Hook for the pictures of a row: those chosen, else those of the row of the table. An address has no room for them.
import { useEffect, useMemo, useState } from "preact/hooks";
import { request } from "../api/client";
import type { Cell, Row } from "../api/shapes";
import { picturePath, readAsDataUrl } from "../shell/picture";

const SIZE = 256;
const EXAMPLE = "data:image/jpeg;base64,…";

export interface Pictures {
  /** The cell of each input that is a picture, as a data: address; null while there is none. */
  cells: Row;
  /** The same for code to copy, shortened. */
  examples: Row;
  isChosen: boolean;
  /** Whether those of the row of the table are still to come. */
  isLoading: boolean;
  set: (name: string, value: Cell) => void;
  reset: () => void;
}

/**
 * @param columns the inputs or columns of a table, the pictures among them; the same list each time
 * @param from the number of the row of the dataset, counted from 1
 */
export function usePictures(datasetId: string, columns: { name: string; type: string }[], from: string | null): Pictures {
  const names = useMemo(() => columns.filter(({ type }) => type === "image").map(({ name }) => name), [columns]);
  const [chosen, setChosen] = useState<Row>({});
  const [ofTable, setOfTable] = useState<Row>({});
  const [awaited, setAwaited] = useState(0);
  useEffect(() => {
    setChosen({});
    setOfTable({});
    const number = Number(from);
    if (from === null || !(number >= 1)) return;
    const controller = new AbortController();
    setAwaited(names.length);
    for (const name of names) {
      request(picturePath(datasetId, number - 1, name, SIZE), { signal: controller.signal })
        .then((response) => response.blob())
        .then(readAsDataUrl)
        .then(
          (source) => setOfTable((loaded) => ({ ...loaded, [name]: source })),
          () => undefined, // the row has no picture
        )
        .finally(() => !controller.signal.aborted && setAwaited((count) => count - 1));
    }
    return () => controller.abort();
  }, [datasetId, names, from]);
  const cells = useMemo(() => Object.fromEntries(names.map((name) => [name, chosen[name] ?? ofTable[name] ?? null])), [names, chosen, ofTable]);
  return {
    cells,
    examples: Object.fromEntries(names.map((name) => [name, EXAMPLE])),
    isChosen: Object.keys(chosen).length > 0,
    isLoading: awaited > 0,
    set: (name, value) => setChosen((before) => ({ ...before, [name]: value })),
    reset: () => setChosen({}),
  };
}
