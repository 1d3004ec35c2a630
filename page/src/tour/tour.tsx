// One training step on one row, with every number: encoding, forward pass, loss, backpropagation, weight update.
import { useEffect, useMemo } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Job, List, Row, Trace } from "../api/shapes";
import { useDatasetRow } from "../api/useDatasetRow";
import { useRefetch } from "../api/useRefetch";
import { Icon } from "../shell/icon";
import { ErrorNotice, Loading } from "../shell/notices";
import { hrefFor, route, setQuery } from "../shell/route";
import { RowChooser } from "./rowChooser";
import { BackwardStep, ForwardStep } from "./passes";
import { TraceDrawing } from "./traceDrawing";
import { EncodingStep, LossStep, UpdateStep } from "./steps";
import { nameTargets } from "../api/targets";

const STEPS = [
  ["Encoding", "Encoding: the row as numbers", "the row"],
  ["Forward pass", "Forward pass: from the row to a prediction", "prediction"],
  ["Loss", "Loss: how wrong is the prediction?", "feedback"],
  ["Backpropagation", "Backpropagation: the gradient of each weight", "gradients"],
  ["Weight update", "Weight update: a small step against the gradient", "improvement"],
] as const;
const MAX_ROWS = 50;

export function Tour({ job }: { job: Job }) {
  const rows = useFetch<List<Row>>(`/v1/datasets/${encodeSegment(job.spec.dataset_id)}/rows?limit=${MAX_ROWS}`);
  const { query } = route.value;
  const rowParam = query.get("row");
  const chosen = useDatasetRow(job.spec.dataset_id, query.get("from"));
  const row = useMemo(() => {
    if (chosen.row) return chosen.row;
    return rowParam ? parseRow(rowParam) : rows.value?.data.find((one) => one[nameTargets(job.spec)] != null);
  }, [rowParam, rows.value, chosen.row]);
  const epoch = query.get("epoch") === "newest" ? undefined : 0;
  const body = row && !chosen.isLoading ? JSON.stringify({ row, ...(epoch === undefined ? {} : { epoch }) }) : undefined;
  const { value: trace, problem } = useRefetch<Trace>(
    body ? `/v1/jobs/${encodeSegment(job.id)}/trace` : null,
    job.status,
    false,
    body,
  );
  const step = Math.min(Math.max(Number(query.get("step") ?? 1), 1), STEPS.length);
  useArrowKeys(step);

  if (chosen.problem && !trace) return <ErrorNotice problem={chosen.problem} />;
  if (rows.problem && !row) return <ErrorNotice problem={rows.problem} retry={rows.refetch} />;
  if (problem && !trace) return <ErrorNotice problem={problem} />;
  if (!row || !trace) return <Loading />;
  return (
    <>
      <RowChooser job={job} rows={rows.value?.data ?? []} row={row} isNewest={epoch === undefined} trace={trace} />
      <ol class="steps">
        {STEPS.map(([name], n) => (
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
          <TraceDrawing trace={trace} isBackward={step >= 4} hasChoice={step === 2 || step === 4} />
        </section>
        <section class="card step" aria-labelledby="station">
          <p class="eyebrow">
            Step {step} of {STEPS.length} · {STEPS[step - 1]?.[2]}
          </p>
          <h2 id="station">{STEPS[step - 1]?.[1]}</h2>
          {step === 1 && <EncodingStep trace={trace} target={nameTargets(job.spec)} />}
          {step === 2 && <ForwardStep trace={trace} />}
          {step === 3 && <LossStep trace={trace} target={nameTargets(job.spec)} />}
          {step === 4 && <BackwardStep trace={trace} />}
          {step === 5 && <UpdateStep trace={trace} />}
          <div class="buttons">
            <button disabled={step === 1} onClick={() => setQuery({ step: String(step - 1) })}>
              Back
            </button>
            {step < STEPS.length ? (
              <button class="main" onClick={() => setQuery({ step: String(step + 1) })}>
                {STEPS[step]?.[0]} <Icon name="arrow" />
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
function useArrowKeys(step: number): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const change = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea, [role=region], [role=img]");
      if (!change || isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
      setQuery({ step: String(Math.min(Math.max(step + change, 1), STEPS.length)) });
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [step]);
}

function parseRow(text: string): Row | undefined {
  try {
    return JSON.parse(text) as Row;
  } catch {
    return undefined;
  }
}
