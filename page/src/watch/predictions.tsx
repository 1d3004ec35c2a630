// What the net predicts at the cursor's epoch: over two columns, along one, against the actual values, or row by row.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { encodeSegment, isAllowed } from "../api/client";
import type { Column, Dataset, Job, List, Row, SplitRows } from "../api/shapes";
import { listTargets } from "../api/targets";
import { useFetch } from "../api/useFetch";
import { shorten } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { findPictures } from "../shell/rowPicture";
import { DecisionBoundary } from "./decisionBoundary";
import type { EpochCursor } from "./epochCursor";
import type { JobStore } from "./jobStore";
import { hasNetStarted, pathOfNet } from "./netChoice";
import { PredictedExamples } from "./predictedExamples";
import { PredictionCurve } from "./predictionCurve";
import { gridRows, lineRows, listInputs, listViews, sideOf, typicalRow, type View } from "./predictionViews";
import { Scatter } from "./scatter";
import { useAxes } from "./useAxes";
import { useExamples } from "./useExamples";
import { useReplay } from "./useReplay";

const MAX_ROWS = 400;
const MIN_ROWS = 60;
const MAX_CELLS = 60_000;
/** The longest body of a replay: the API takes a little more. */
const MAX_BODY_CHARACTERS = 500_000;
const NO_COLUMNS: Column[] = [];

const VIEW_NAMES: Record<View, string> = {
  plane: "over two columns",
  curve: "along a column",
  scatter: "predicted against actual",
  examples: "held-out rows",
};

interface Props {
  job: Job;
  store: JobStore;
  cursor: EpochCursor;
}

export function Predictions({ job, store, cursor }: Props) {
  void store.version.value;
  const dataset = useFetch<Dataset>(`/v1/datasets/${encodeSegment(job.spec.dataset_id)}`).value;
  const targets = listTargets(job.spec);
  const inputs = useMemo(() => listInputs(job.spec, dataset?.columns ?? NO_COLUMNS, targets), [dataset, job.id]);
  const source = useMemo(() => dataset && findPictures(dataset), [dataset]);
  const views = isAllowed("predict") ? listViews(job.spec, inputs, source !== undefined) : [];
  const view = views.find((one) => one === route.value.query.get("view")) ?? views[0];
  const target = dataset?.columns?.find(({ name }) => name === job.spec.target);
  const outputs = job.spec.task === "classification" ? (target?.distinct ?? 2) : 1;

  const { ranked, x, y } = useAxes(job, inputs, view === "plane");
  const limit = Math.round(Math.min(Math.max(MAX_CELLS / Math.max(inputs.length, 1), MIN_ROWS), MAX_ROWS));
  const path = `/v1/datasets/${encodeSegment(job.spec.dataset_id)}/rows?limit=${limit}`;
  const rows = useFetch<List<Row>>(dataset && view && view !== "examples" ? path : null).value?.data;
  const { examples, problem: examplesProblem } = useExamples(job, view === "examples" && hasNetStarted(job, store), source?.image);
  const parts = useFetch<SplitRows>(view === "scatter" && hasNetStarted(job, store) ? pathOfNet(job, `split?limit=${limit}`) : null).value?.data;
  const query = useMemo(() => {
    const typical = (...but: Column[]): Row => typicalRow(inputs, dataset?.rows ?? 0, but);
    if (view === "plane" && x && y) return { rows: gridRows(x, y, sideOf(outputs)), defaults: typical(x, y) };
    if (view === "curve" && x) return { rows: lineRows(x), defaults: typical(x) };
    if (view === "scatter" && rows) return { rows: fitBody(rows.map((row) => inputsOf(row, inputs))), defaults: {} };
    return view === "examples" && examples?.length ? { rows: examples.map(({ cells }) => inputsOf(cells, inputs)), defaults: {} } : undefined;
  }, [view, x, y, inputs, view === "scatter" ? rows : undefined, examples]);
  const { shown, problem: replayProblem } = useReplay(job, store, cursor, query, outputs);
  const problem = examplesProblem ?? replayProblem;
  if (!view) return null;

  const draw = (): ComponentChildren => {
    if (problem && !shown) return <ErrorNotice problem={problem} />;
    if (view === "examples" && examples?.length === 0) return <p class="muted">No rows were held out.</p>;
    if (!shown || !query || shown.predictions.length !== query.rows.length) return hasNetStarted(job, store) ? <Loading /> : <p class="muted">They come with the first epoch.</p>;
    const { predictions } = shown;
    if (view === "examples") return <PredictedExamples examples={examples ?? []} predictions={predictions} target={job.spec.target ?? ""} source={source} />;
    if (view === "scatter") return <Scatter job={job} rows={rows ?? []} predictions={predictions} parts={parts} />;
    if (view === "curve" && x) return <PredictionCurve rows={rows ?? []} points={query.rows} predictions={predictions} x={x} target={target} name={job.spec.target ?? ""} />;
    return x && y && <DecisionBoundary rows={rows ?? []} predictions={predictions} x={x} y={y} target={target} />;
  };
  return (
    <section class={`card predictions ${view}`} aria-labelledby="predictions">
      <header>
        <h2 id="predictions">{nameView(view, job, inputs)}</h2>
        <span class="muted">{shown && (shown.epoch ? `after epoch ${shown.epoch}` : "before the first epoch")}</span>
      </header>
      {draw()}
      {(views.length > 1 || (view === "plane" && inputs.length > 2)) && (
        <div class="choices">
          {views.length > 1 && <Choice name="Show" value={view} options={views.map((one) => [one, VIEW_NAMES[one]])} onChange={(value) => setQuery({ view: value })} />}
          {view === "plane" && inputs.length > 2 && x && y && (
            <>
              <Choice name="across" value={x.name} options={ranked.filter((one) => one !== y).map(toOption)} onChange={(value) => setQuery({ x: value, y: y.name })} />
              <Choice name="upwards" value={y.name} options={ranked.filter((one) => one !== x).map(toOption)} onChange={(value) => setQuery({ x: x.name, y: value })} />
            </>
          )}
        </div>
      )}
      {((view === "plane" && inputs.length > 2) || (view === "curve" && inputs.length > 1)) && (
        <p class="muted">All other columns are held at their mean or their most frequent value.</p>
      )}
    </section>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  options: [value: string, name: string][];
  onChange: (value: string) => void;
}

function Choice({ name, value, options, onChange }: ChoiceProps) {
  return (
    <label>
      <span>{name}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([one, title]) => (
          <option key={one} value={one}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

const toOption = ({ name }: Column): [string, string] => [name, shorten(name, 30)];

function nameView(view: View, job: Job, inputs: Column[]): string {
  if (view === "scatter") return "Predicted against actual";
  if (view === "examples") return "Predictions for held-out rows";
  if (view === "curve") return "Prediction along a column";
  if (job.spec.task === "classification") return "Decision boundary";
  return inputs.length === 2 ? "Predictions over both inputs" : "Predictions over two columns";
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
