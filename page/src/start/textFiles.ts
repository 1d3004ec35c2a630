// Whether a plain text file is a text, whose lines are read as they are, or a table.
import type { Column, Dataset } from "../api/shapes";

const HEAD_BYTES = 16_384;
const MAX_LINES = 50;
/** The share of lines that have as many of a delimiter as the first, from which on they are rows of a table. */
const TABLE_SHARE = 0.9;
const DELIMITERS = ["\t", ";", "|", ","];

/** The options with which a file is uploaded: of Markdown the API knows by the name, and of other texts by this. */
export async function chooseReadOptions(file: File): Promise<Record<string, string>> {
  if (!/\.(txt|text)$/i.test(file.name)) return {};
  const head = await file.slice(0, HEAD_BYTES).text();
  return isTable(head.split(/\r\n?|\n/)) ? {} : { format: "text" };
}

/** The column of a dataset that is nothing but a text. */
export const findWholeText = ({ format, columns }: Dataset): Column | undefined => (format === "text" ? columns?.[0] : undefined);

function isTable(lines: string[]): boolean {
  const filled = lines.filter((line) => line.trim() !== "").slice(0, MAX_LINES);
  return DELIMITERS.some((delimiter) => {
    const [first = 0, ...others] = filled.map((line) => line.split(delimiter).length - 1);
    return first > 0 && others.length > 0 && others.filter((count) => count === first).length >= TABLE_SHARE * others.length;
  });
}
