// One training step on one row, with every number: encoding, forward pass, loss, backpropagation, weight update.
import { useEffect, useMemo } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Column, Dataset, Job, List, Row, Trace } from "../api/shapes";
import { useDatasetRow } from "../api/useDatasetRow";
import { useRefetch } from "../api/useRefetch";
import { Icon } from "../shell/icon";
import { ErrorNotice, Loading } from "../shell/notices";
import { hrefFor, route, setQuery } from "../shell/route";
import { RowChooser } from "./rowChooser";
import { BackwardStep, ForwardStep } from "./passes";
import { TraceDrawing } from "./traceDrawing";
import { EncodingStep, LossStep, UpdateStep } from "./steps";
import { listTargets, nameTargets } from "../api/targets";
import { seesPixels } from "../pictures/seesPixels";
import { usePictures } from "../pictures/usePictures";
import { FeatureMapsStep } from "./featureMapsStep";

const STEPS = [
  ["Encoding", "Encoding: the row as numbers", "the row"],
  ["Feature maps", "Feature maps: what each layer sees in the picture", "the picture"],
  ["Forward pass", "Forward pass: from the row to a prediction", "prediction"],
  ["Loss", "Loss: how wrong is the prediction?", "feedback"],
  ["Backpropagation", "Backpropagation: the gradient of each weight", "gradients"],
  ["Weight update", "Weight update: a small step against the gradient", "improvement"],
] as const;
type StepName = (typeof STEPS)[number][0];
const NONE: Column[] = [];
const MAX_ROWS = 50;

export function Tour({ job }: { job: Job }) {
  const path = `/v1/datasets/${encodeSegment(job.spec.dataset_id)}`;
  const hasPictures = job.spec.image.size != null;
  const rows = useFetch<List<Row>>(`${path}/rows?limit=${MAX_ROWS}`);
  const dataset = useFetch<Dataset>(hasPictures ? path : null).value;
  const { query } = route.value;
  const rowParam = query.get("row");
  const chosen = useDatasetRow(job.spec.dataset_id, query.get("from"));
  const first = rows.value?.data.findIndex((one) => one[nameTargets(job.spec)] != null) ?? -1;
  const row = useMemo(() => {
    if (chosen.row) return chosen.row;
    return rowParam ? parseRow(rowParam) : rows.value?.data[first];
  }, [rowParam, rows.value, chosen.row]);
  const columns = useMemo(() => dataset?.columns?.filter(({ name }) => job.spec.features?.includes(name) ?? true) ?? NONE, [dataset, job.id]);
  const pictures = usePictures(job.spec.dataset_id, columns, query.get("from") ?? (first < 0 ? null : String(first + 1)));
  const steps = STEPS.filter(([name]) => name !== "Feature maps" || (seesPixels(job.spec) && Object.keys(pictures.cells).length > 0));
  const epoch = query.get("epoch") === "newest" ? undefined : 0;
  const isLoading = chosen.isLoading || pictures.isLoading || (hasPictures && !dataset);
  const picture = Object.values(pictures.cells).find((cell) => typeof cell === "string" && cell.startsWith("data:")) as string | undefined;
  const traced = row && { ...row, ...pictures.cells };
  const body = row && !isLoading ? JSON.stringify({ row: traced, ...(epoch === undefined ? {} : { epoch }) }) : undefined;
  const { value: trace, problem } = useRefetch<Trace>(
    body ? `/v1/jobs/${encodeSegment(job.id)}/trace` : null,
    job.status,
    false,
    body,
  );
  const step = Math.min(Math.max(Number(query.get("step") ?? 1), 1), steps.length);
  const [name, title, subject] = steps[step - 1] as (typeof STEPS)[number];
  const isAt = (...names: StepName[]): boolean => names.includes(name);
  useArrowKeys(step, steps.length);

  if (chosen.problem && !trace) return <ErrorNotice problem={chosen.problem} />;
  if (rows.problem && !row) return <ErrorNotice problem={rows.problem} retry={rows.refetch} />;
  if (problem && !trace) return <ErrorNotice problem={problem} />;
  if (!row || !trace) return <Loading />;
  return (
    <>
      <RowChooser job={job} rows={rows.value?.data ?? []} row={row} isNewest={epoch === undefined} trace={trace} />
      <ol class="steps">
        {steps.map(([name], n) => (
          <li key={name}>
            <button
              class="small quiet"
              aria-current={n + 1 === step ? "step" : undefined}
              onClick={() => setQuery({ step: String(n + 1) })}
            >
              <span>{n + 1}</span> {name}
            </button>
          </li>
        ))}
      </ol>
      <div class="tour">
        <section class="card" aria-label="The net" aria-live="off">
          <TraceDrawing trace={trace} picture={picture} isBackward={isAt("Backpropagation", "Weight update")} hasChoice={isAt("Forward pass", "Backpropagation")} />
        </section>
        <section class="card step" aria-labelledby="station">
          <p class="eyebrow">
            Step {step} of {steps.length} · {subject}
          </p>
          <h2 id="station">{title}</h2>
          {isAt("Encoding") && <EncodingStep trace={trace} target={nameTargets(job.spec)} pictures={pictures} />}
          {isAt("Feature maps") && <FeatureMapsStep job={job} row={withoutTarget(traced ?? {}, job)} epoch={trace.epoch} />}
          {isAt("Forward pass") && <ForwardStep trace={trace} />}
          {isAt("Loss") && <LossStep trace={trace} target={nameTargets(job.spec)} />}
          {isAt("Backpropagation") && <BackwardStep trace={trace} />}
          {isAt("Weight update") && <UpdateStep trace={trace} />}
          <div class="buttons">
            <button disabled={step === 1} onClick={() => setQuery({ step: String(step - 1) })}>
              Back
            </button>
            {step < steps.length ? (
              <button class="main" onClick={() => setQuery({ step: String(step + 1) })}>
                {steps[step]?.[0]} <Icon name="arrow" />
              </button>
            ) : (
              <a class="button main" href={hrefFor(["jobs", job.id])}>
                Watch the whole training <Icon name="arrow" />
              </a>
            )}
          </div>
        </section>
      </div>
    </>
  );
}

/** Arrow keys change the step, except within form fields and scrolling regions. */
function useArrowKeys(step: number, last: number): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const change = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea, [role=region], [role=img]");
      if (!change || isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
      setQuery({ step: String(Math.min(Math.max(step + change, 1), last)) });
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [step, last]);
}

const withoutTarget = (row: Row, job: Job): Row => Object.fromEntries(Object.entries(row).filter(([name]) => !listTargets(job.spec).includes(name)));

function parseRow(text: string): Row | undefined {
  try {
    return JSON.parse(text) as Row;
  } catch {
    return undefined;
  }
}
