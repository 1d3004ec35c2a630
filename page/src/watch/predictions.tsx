// What the net predicts at this epoch: its decision boundary where it has two numeric inputs, and else, in regression,
// its predictions against the actual values.
import { useMemo } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment, isAllowed, type Problem } from "../api/client";
import { useRefetch } from "../api/useRefetch";
import type { Column, Dataset, Job, List, Replay, Row, SplitRows } from "../api/shapes";
import { ErrorNotice } from "../shell/notices";
import { route } from "../shell/route";
import { Scatter } from "./scatter";
import type { JobStore } from "./jobStore";
import { hasNetStarted, pathOfNet } from "./netChoice";
import { DecisionBoundary, gridRows } from "./decisionBoundary";
import { listTargets } from "../api/targets";

const MAX_ROWS = 400;
/** The longest body of a replay: the API takes a little more. */
const MAX_BODY_CHARACTERS = 500_000;


export function Predictions({ job, store }: { job: Job; store: JobStore }) {
  void store.version.value;
  const dataset = useFetch<Dataset>(`/v1/datasets/${encodeSegment(job.spec.dataset_id)}`).value;
  const rows = useFetch<List<Row>>(`/v1/datasets/${encodeSegment(job.spec.dataset_id)}/rows?limit=${MAX_ROWS}`).value?.data;
  const inputs = useMemo(() => {
    const features = job.spec.features ?? dataset?.columns?.map((column) => column.name) ?? [];
    return (dataset?.columns ?? []).filter(({ name }) => features.includes(name) && !listTargets(job.spec).includes(name));
  }, [dataset, job.id]);
  const isPlane = inputs.length === 2 && inputs.every((column) => column.type === "numeric");
  const queries = useMemo(() => {
    if (!rows || !dataset) return [];
    return isPlane ? gridRows(inputs[0]!, inputs[1]!) : fitBody(rows.map((row) => inputsOf(row, inputs)));
  }, [rows, inputs]);
  const isShown = isAllowed("predict") && job.spec.task !== "recommendation" && job.spec.target != null && (isPlane || job.spec.task === "regression");

  const epochParam = route.value.query.get("epoch");
  const hasStarted = hasNetStarted(job, store);
  const version = epochParam ? "" : `${job.status} ${store.shown.newestEpoch?.epoch}`;
  const isScatter = isShown && !isPlane;
  const split = useFetch<SplitRows>(isScatter && hasStarted ? pathOfNet(job, `split?limit=${MAX_ROWS}`) : null).value;
  const { value, problem } = useRefetch<Replay>(
    isShown && hasStarted && queries.length ? pathOfNet(job, "replay") : null,
    version,
    job.status === "running",
    JSON.stringify({ rows: queries, epochs: epochParam ? [Number(epochParam)] : "latest" }),
  );
  const replayed = value?.data.at(-1);
  if (isScatter && problem && !replayed) return <MissingScatter problem={problem} />;
  if (!isShown || !rows || !replayed) return null;
  const shared = { job, rows, predictions: replayed.predictions, epoch: replayed.epoch };
  return isPlane ? <DecisionBoundary {...shared} x={inputs[0]!} y={inputs[1]!} /> : <Scatter {...shared} parts={split?.data} />;
}

/** In place of a chart that cannot be drawn: why. */
function MissingScatter({ problem }: { problem: Problem }) {
  return (
    <section class="card scatter" aria-labelledby="scatter">
      <header>
        <h2 id="scatter">Predicted against actual</h2>
      </header>
      <ErrorNotice problem={problem} />
    </section>
  );
}

/** The first of the rows, as many as one request takes. */
function fitBody(rows: Row[]): Row[] {
  let characters = 0;
  const end = rows.findIndex((row) => (characters += JSON.stringify(row).length) > MAX_BODY_CHARACTERS);
  return end < 0 ? rows : rows.slice(0, Math.max(end, 1));
}

function inputsOf(row: Row, inputs: Column[]): Row {
  return Object.fromEntries(inputs.map(({ name }) => [name, row[name] ?? null]));
}
