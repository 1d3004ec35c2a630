// Hook for the pictures of the row to predict: those chosen, else those of the row of the table. An address has no room for them.
import { useEffect, useMemo, useState } from "preact/hooks";
import { request } from "../api/client";
import type { Cell, Model, Row } from "../api/shapes";
import { picturePath, readAsDataUrl } from "../shell/picture";

const SIZE = 256;
const EXAMPLE = "data:image/jpeg;base64,…";

interface Pictures {
  /** The cell of each input that is a picture, as a data: address; null while there is none. */
  cells: Row;
  /** The same for code to copy, shortened. */
  examples: Row;
  isChosen: boolean;
  set: (name: string, value: Cell) => void;
  reset: () => void;
}

export function usePictures(model: Model, from: string | null): Pictures {
  const names = useMemo(() => model.inputs.filter(({ type }) => type === "image").map(({ name }) => name), [model]);
  const [chosen, setChosen] = useState<Row>({});
  const [ofTable, setOfTable] = useState<Row>({});
  useEffect(() => {
    setChosen({});
    setOfTable({});
    const number = Number(from);
    if (from === null || !(number >= 1)) return;
    const controller = new AbortController();
    for (const name of names) {
      request(picturePath(model.dataset_id, number - 1, name, SIZE), { signal: controller.signal })
        .then((response) => response.blob())
        .then(readAsDataUrl)
        .then(
          (source) => setOfTable((loaded) => ({ ...loaded, [name]: source })),
          () => undefined, // the row has no picture
        );
    }
    return () => controller.abort();
  }, [model.id, from]);
  const cells = useMemo(() => Object.fromEntries(names.map((name) => [name, chosen[name] ?? ofTable[name] ?? null])), [names, chosen, ofTable]);
  return {
    cells,
    examples: Object.fromEntries(names.map((name) => [name, EXAMPLE])),
    isChosen: Object.keys(chosen).length > 0,
    set: (name, value) => setChosen((before) => ({ ...before, [name]: value })),
    reset: () => setChosen({}),
  };
}
