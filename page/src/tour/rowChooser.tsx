// Choice of the row, and of the untrained or the trained net.
import type { Job, Row, Trace } from "../api/shapes";
import { formatCell, shorten } from "../shell/format";
import { setQuery, route } from "../shell/route";
import { nameTargets } from "../api/targets";

const MAX_CELLS_SHOWN = 4;
const MAX_TEXT = 24;

interface Props {
  job: Job;
  rows: Row[];
  row: Row;
  isNewest: boolean;
  trace: Trace;
  /** Whether its cells are the pixels of a picture, of which none says anything. */
  hasPixels: boolean;
}

export function RowChooser({ job, rows, row, isNewest, trace, hasPixels }: Props) {
  const labelledRows = rows.filter((one) => one[nameTargets(job.spec)] != null);
  const { query } = route.value;
  const from = query.get("from");
  const isOther = query.has("row") || from !== null;
  const index = labelledRows.findIndex((one) => JSON.stringify(one) === JSON.stringify(row));
  return (
    <div class="chooser choices">
      <label>
        <span>Row</span>
        <select value={index} onChange={(event) => setQuery({ row: null, from: String(rows.indexOf(labelledRows[Number(event.currentTarget.value)] as Row) + 1) })}>
          {index < 0 && isOther && <option value={-1}>{from ?? "your row"}: {summarizeRow(row, job, hasPixels)}</option>}
          {labelledRows.map((one, n) => (
            <option key={n} value={n}>
              {rows.indexOf(one) + 1}: {summarizeRow(one, job, hasPixels)}
            </option>
          ))}
        </select>
      </label>
      <NetChooser isNewest={isNewest} epoch={trace.epoch} />
    </div>
  );
}

/** Choice of the untrained or the trained net, of which the initial one needs not be in the address. */
export function NetChooser({ isNewest, epoch, initial = "first" }: { isNewest: boolean; epoch: number; initial?: "first" | "newest" }) {
  return (
    <label>
      <span>The net</span>
      <select value={isNewest ? "newest" : "first"} onChange={(event) => setQuery({ epoch: event.currentTarget.value === initial ? null : event.currentTarget.value })}>
        <option value="first">before training</option>
        <option value="newest">{isNewest ? `after epoch ${epoch}` : "as it is now"}</option>
      </select>
    </label>
  );
}

function summarizeRow(row: Row, job: Job, hasPixels: boolean): string {
  if (hasPixels) return shorten(String(row[nameTargets(job.spec)]), MAX_TEXT);
  const cells = Object.entries(row).filter(([name]) => name !== nameTargets(job.spec));
  const shown = cells.slice(0, MAX_CELLS_SHOWN).map(([name, value]) => `${shorten(name, MAX_TEXT)} ${shorten(formatCell(value), MAX_TEXT)}`);
  return `${shown.join(", ")}${cells.length > MAX_CELLS_SHOWN ? " …" : ""} → ${shorten(String(row[nameTargets(job.spec)]), MAX_TEXT)}`;
}
