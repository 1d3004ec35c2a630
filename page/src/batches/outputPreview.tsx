// First rows of the output of a batch, as a table.
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../api/client";
import type { Batch } from "../api/shapes";
import { formatNumber, formatRows } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { readHead } from "./outputHead";
import { parseCsv, parseLines } from "./parseOutput";
import { batchPath } from "./saveOutput";

const MAX_ROWS = 20;
const MAX_COLUMNS = 40;

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
  const [names = [], ...rows] = table;
  const hidden = Math.max(names.length - MAX_COLUMNS, 0);
  const isShown = (place: number): boolean => place >= hidden; // predictions come last
  return (
    <>
      <div class="scroll card" tabIndex={0} role="region" aria-label={`First predictions of ${name}`}>
        <table>
          <thead>
            <tr>
              {names.map(
                (column, place) =>
                  isShown(place) && (
                    <th key={column} scope="col">
                      <bdi class="clip" title={column}>
                        {column}
                      </bdi>
                    </th>
                  ),
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, number) => (
              <tr key={number}>
                {row.map(
                  (cell, place) =>
                    isShown(place) && (
                      <td key={place}>
                        <bdi class="clip" title={cell}>
                          {formatCell(cell)}
                        </bdi>
                      </td>
                    ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">
        {rows.length < batch.rows ? `The first ${formatRows(rows.length)} of ${formatRows(batch.rows)}` : `All ${formatRows(rows.length)}`}
        {hidden > 0 && `, without the first ${hidden} columns`}.
      </p>
    </>
  );
}

/** A long fraction is rounded, as in predictions, and a whole number has none. */
const formatCell = (cell: string): string =>
  /^-?\d*\.\d{5,}/.test(cell) && Number.isFinite(Number(cell)) ? formatNumber(Number(cell), 5) : cell.replace(/^(-?\d+)\.0$/, "$1");
