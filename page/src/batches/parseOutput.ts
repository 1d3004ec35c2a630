// Rows of the beginning of a batch's output, out of CSV or lines of JSON.

/** The first rows of CSV (RFC 4180), the header first; of a text that is cut off all but its last row. */
export function parseCsv(text: string, maxRows: number, isWhole: boolean): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length && rows.length < maxRows; at += 1) {
    const letter = text[at];
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[++at];
      else isQuoted = false;
    } else if (letter === '"') isQuoted = true;
    else if (letter === "," || letter === "\n") {
      row.push(cell);
      cell = "";
      if (letter === "\n") {
        rows.push(row);
        row = [];
      }
    } else if (letter !== "\r") cell += letter;
  }
  if (isWhole && rows.length < maxRows && (cell || row.length)) rows.push([...row, cell]);
  return rows;
}

/** The same of lines of JSON: the names of the first one, and the cells of each. */
export function parseLines(text: string, maxRows: number, isWhole: boolean): string[][] {
  const lines = text.split("\n");
  const whole = (isWhole ? lines : lines.slice(0, -1)).filter(Boolean).slice(0, maxRows - 1);
  const rows = whole.map((line) => JSON.parse(line) as Record<string, unknown>);
  const names = Object.keys(rows[0] ?? {});
  return [names, ...rows.map((row) => names.map((name) => formatCell(row[name])))];
}

const formatCell = (cell: unknown): string => (cell == null ? "" : typeof cell === "string" ? cell : JSON.stringify(cell));
