// Beginning of the output of a batch as rows of a table, read without the rest of the file.
import { request } from "../api/client";

const HEAD_BYTES = 65_536;

/** The text that a file begins with, and whether that is all of it. */
export async function readHead(path: string): Promise<{ text: string; isWhole: boolean }> {
  const controller = new AbortController();
  const response = await request(path, { signal: controller.signal });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; reader && bytes < HEAD_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), isWhole: true };
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  controller.abort();
  return { text, isWhole: false };
}

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
