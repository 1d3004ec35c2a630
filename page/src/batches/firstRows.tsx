// The first rows of predictions, as a table.
import { formatNumber } from "../shell/format";

const MAX_COLUMNS = 40;

interface Props {
  /** The header, and the rows. */
  table: string[][];
  /** What was predicted. */
  name: string;
}

export function FirstRows({ table, name }: Props) {
  const [names = [], ...rows] = table;
  const hidden = countHiddenColumns(table);
  const isShown = (place: number): boolean => place >= hidden; // predictions come last
  return (
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
  );
}

/** How many of the first columns there is no room for. */
export const countHiddenColumns = ([names = []]: string[][]): number => Math.max(names.length - MAX_COLUMNS, 0);

/** A long fraction is rounded, as in predictions, and a whole number has none. */
const formatCell = (cell: string): string =>
  /^-?\d*\.\d{5,}/.test(cell) && Number.isFinite(Number(cell)) ? formatNumber(Number(cell), 5) : cell.replace(/^(-?\d+)\.0$/, "$1");
