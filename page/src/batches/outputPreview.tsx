// First rows of the output of a batch, as a table.
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../api/client";
import type { Batch } from "../api/shapes";
import { formatRows } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { countHiddenColumns, FirstRows } from "./firstRows";
import { MAX_ROWS, readHead } from "./outputHead";
import { parseCsv, parseLines } from "./parseOutput";
import { batchPath } from "./saveOutput";

export function OutputPreview({ batch, name }: { batch: Batch; name: string }) {
  const [table, setTable] = useState<string[][]>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    let isUnmounted = false;
    readHead(`${batchPath(batch)}/output`).then(
      ({ text, isWhole }) => {
        const parse = batch.format === "csv" ? parseCsv : parseLines;
        if (!isUnmounted) setTable(parse(text, MAX_ROWS + 1, isWhole));
      },
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (!isUnmounted) setProblem(error);
      },
    );
    return () => void (isUnmounted = true);
  }, [batch.id]);
  if (problem) return <ErrorNotice problem={problem} />;
  if (!table) return <Loading />;
  const rows = table.length - 1;
  const hidden = countHiddenColumns(table);
  return (
    <>
      <FirstRows table={table} name={name} />
      <p class="muted">
        {rows < batch.rows ? `The first ${formatRows(rows)} of ${formatRows(batch.rows)}` : `All ${formatRows(rows)}`}
        {hidden > 0 && `, without the first ${hidden} columns`}.
      </p>
    </>
  );
}
