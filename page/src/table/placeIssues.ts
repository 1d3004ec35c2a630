// The rows of a preview with the faults of the file where they stand: in a cell, or a line that became no row.
import type { Issue, Row } from "../api/shapes";

export interface Entry {
  /** The line of the file, or the number of the row where the file has no lines. */
  place: number;
  /** The row; undefined of a line that became none. */
  row: Row | undefined;
  /** What is wrong with a cell, by its column. */
  faults: Map<string, Issue>;
  /** What is wrong with the line as a whole. */
  fault: Issue | undefined;
}

/**
 * Rows and the lines between them that became none, in the order of the file.
 *
 * @param lines the line where each row begins
 * @param first how many rows of the dataset are before these
 * @param issues those on these lines
 */
export function placeIssues(rows: Row[], lines: (number | null)[], first: number, issues: Issue[]): Entry[] {
  const byLine = new Map<number, Issue[]>();
  for (const issue of issues) if (issue.line !== null) byLine.set(issue.line, [...(byLine.get(issue.line) ?? []), issue]);
  const entries = rows.map((row, n): Entry => {
    const line = lines[n];
    const found = line == null ? [] : (byLine.get(line) ?? []);
    if (line != null) byLine.delete(line);
    return createEntry(line ?? first + n + 1, row, found);
  });
  const rejected = [...byLine].filter(([, found]) => found.some(({ action }) => action === "row_rejected"));
  const without = rejected.map(([line, found]) => createEntry(line, undefined, found));
  return [...entries, ...without].sort((one, other) => one.place - other.place);
}

function createEntry(place: number, row: Row | undefined, issues: Issue[]): Entry {
  const ofCells = issues.filter(({ column }) => column !== null && row !== undefined && column in row);
  return {
    place,
    row,
    faults: new Map(ofCells.map((issue) => [issue.column as string, issue])),
    fault: issues.find((issue) => !ofCells.includes(issue)),
  };
}
