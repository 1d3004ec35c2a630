// One training step, slowly: practice, feedback, gradual improvement, on a row of the person's own, with every number
// that the API's trace tells.
import { useEffect, useMemo } from "preact/hooks";
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Trace } from "../api/insight";
import { useKeptAnswer } from "../api/kept";
import type { Job, List, Row } from "../api/shapes";
import { Icon } from "../shell/icon";
import { Trouble, Waiting } from "../shell/notice";
import { ask, route } from "../shell/route";
import { Chooser } from "./chooser";
import { Backward, Forward } from "./passes";
import { Picture } from "./picture";
import { Encoded, Feedback, Update } from "./stations";

const STATIONS = [
  ["The row", "What the net is given"],
  ["Practice", "The row passes through: a prediction"],
  ["Feedback", "How wrong was that?"],
  ["Blame", "Backpropagation: who had a part in the error?"],
  ["Improvement", "Every weight takes a small step"],
] as const;
const ROWS = 50;

export function Tour({ job }: { job: Job }) {
  const rows = useAnswer<List<Row>>(`/v1/datasets/${part(job.spec.dataset_id)}/rows?limit=${ROWS}`);
  const { query } = route.value;
  const given = query.get("row");
  const row = useMemo(() => (given ? parsed(given) : rows.value?.data.find((one) => one[job.spec.target] != null)), [given, rows.value]);
  const epoch = query.get("epoch") === "newest" ? undefined : 0;
  const asked = row && JSON.stringify({ row, ...(epoch === undefined ? {} : { epoch }) });
  const { value: trace, problem } = useKeptAnswer<Trace>(
    asked ? `/v1/jobs/${part(job.id)}/trace` : null,
    job.status,
    false,
    asked,
  );
  const at = Math.min(Math.max(Number(query.get("step") ?? 1), 1), STATIONS.length);
  useArrows(at);

  if (rows.problem && !row) return <Trouble problem={rows.problem} again={rows.again} />;
  if (problem && !trace) return <Trouble problem={problem} />;
  if (!row || !trace) return <Waiting what="Sending a row through the net" />;
  return (
    <>
      <Chooser job={job} rows={rows.value?.data ?? []} row={row} newest={epoch === undefined} trace={trace} />
      <ol class="stations">
        {STATIONS.map(([name], n) => (
          <li key={name}>
            <button
              class="small quiet"
              aria-current={n + 1 === at ? "step" : undefined}
              onClick={() => ask({ step: String(n + 1) })}
            >
              <span>{n + 1}</span> {name}
            </button>
          </li>
        ))}
      </ol>
      <div class="tour">
        <section class="card" aria-label="The net" aria-live="off">
          <Picture trace={trace} backwards={at >= 4} />
        </section>
        <section class="card station" aria-labelledby="station">
          <p class="eyebrow">
            Step {at} of {STATIONS.length}
          </p>
          <h2 id="station">{STATIONS[at - 1]?.[1]}</h2>
          {at === 1 && <Encoded trace={trace} target={job.spec.target} />}
          {at === 2 && <Forward trace={trace} />}
          {at === 3 && <Feedback trace={trace} target={job.spec.target} />}
          {at === 4 && <Backward trace={trace} />}
          {at === 5 && <Update trace={trace} />}
          <div class="buttons">
            <button disabled={at === 1} onClick={() => ask({ step: String(at - 1) })}>
              Back
            </button>
            <button class="main" disabled={at === STATIONS.length} onClick={() => ask({ step: String(at + 1) })}>
              {STATIONS[at]?.[0] ?? "That was all"} {at < STATIONS.length && <Icon name="arrow" />}
            </button>
          </div>
        </section>
      </div>
    </>
  );
}

/** The arrow keys lead on and back, except where something is typed or chosen. */
function useArrows(at: number): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const busy = event.target instanceof Element && event.target.closest("input, select, textarea, [role=region]");
      if (!step || busy || event.altKey || event.ctrlKey || event.metaKey) return;
      ask({ step: String(Math.min(Math.max(at + step, 1), STATIONS.length)) });
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [at]);
}

function parsed(text: string): Row | undefined {
  try {
    return JSON.parse(text) as Row;
  } catch {
    return undefined;
  }
}
