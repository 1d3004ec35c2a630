// Which row goes through the net, and whether the net is new to it or has learned.
import type { Trace } from "../api/insight";
import type { Job, Row } from "../api/shapes";
import { ask, route } from "../shell/route";

const CELLS = 4;

interface Props {
  job: Job;
  rows: Row[];
  row: Row;
  newest: boolean;
  trace: Trace;
}

export function Chooser({ job, rows, row, newest, trace }: Props) {
  const known = rows.filter((one) => one[job.spec.target] != null);
  const own = route.value.query.get("row");
  const at = known.findIndex((one) => JSON.stringify(one) === JSON.stringify(row));
  return (
    <div class="chooser choices">
      <label>
        <span>Row</span>
        <select value={at} onChange={(event) => ask({ row: JSON.stringify(known[Number(event.currentTarget.value)]) })}>
          {at < 0 && own && <option value={-1}>the one that you chose: {told(row, job)}</option>}
          {known.map((one, n) => (
            <option key={n} value={n}>
              {n + 1}: {told(one, job)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>The net</span>
        <select value={newest ? "newest" : "first"} onChange={(event) => ask({ epoch: event.currentTarget.value === "newest" ? "newest" : null })}>
          <option value="first">before its first step</option>
          <option value="newest">{newest ? `after epoch ${trace.epoch}` : "as it is now"}</option>
        </select>
      </label>
    </div>
  );
}

function told(row: Row, job: Job): string {
  const cells = Object.entries(row).filter(([name]) => name !== job.spec.target);
  const shown = cells.slice(0, CELLS).map(([name, value]) => `${name} ${value ?? "–"}`);
  return `${shown.join(", ")}${cells.length > CELLS ? " …" : ""} → ${row[job.spec.target]}`;
}
