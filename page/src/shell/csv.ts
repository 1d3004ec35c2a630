// Tables as comma-separated values (RFC 4180).

type Value = number | string | null | undefined;

/** A table of columns under their names; a missing value is empty. */
export function toCsv(columns: [string, ArrayLike<Value>][]): string {
  const rows = Math.max(0, ...columns.map(([, values]) => values.length));
  const lines = Array.from({ length: rows }, (_, row) => columns.map(([, values]) => escape(values[row])).join(","));
  return [columns.map(([name]) => escape(name)).join(","), ...lines, ""].join("\r\n");
}

/** A cell; text that a spreadsheet would run as a formula begins with an apostrophe. */
function escape(value: Value): string {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
