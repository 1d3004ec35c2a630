// One training step on one row, with every number: encoding, forward pass, loss, backpropagation, weight update.
import { useMemo } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Column, Dataset, Job, List, Row, Trace } from "../api/shapes";
import { useDatasetRow } from "../api/useDatasetRow";
import { useRefetch } from "../api/useRefetch";
import { ErrorNotice, Loading } from "../shell/notices";
import { route } from "../shell/route";
import { RowChooser } from "./rowChooser";
import { BackwardStep, ForwardStep } from "./passes";
import { TraceDrawing } from "./traceDrawing";
import { StepFrame, useStep } from "./stepFrame";
import { selectNeuron } from "./neuron";
import { EncodingStep, LossStep, UpdateStep } from "./steps";
import { listTargets, nameTargets } from "../api/targets";
import { seesPixels } from "../pictures/seesPixels";
import { usePictures } from "../pictures/usePictures";
import { usePictureSource } from "../shell/rowPicture";
import { pathOfNet } from "../watch/netChoice";
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
  const pixels = usePictureSource(job.spec.dataset_id)?.pixels;
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
    body ? pathOfNet(job, "trace") : null,
    job.status,
    false,
    body,
  );
  const step = useStep(steps.length);
  const [name] = steps[step - 1] as (typeof STEPS)[number];
  const isAt = (...names: StepName[]): boolean => names.includes(name);

  if (chosen.problem && !trace) return <ErrorNotice problem={chosen.problem} />;
  if (rows.problem && !row) return <ErrorNotice problem={rows.problem} retry={rows.refetch} />;
  if (problem && !trace) return <ErrorNotice problem={problem} />;
  if (!row || !trace) return <Loading />;
  return (
    <>
      <RowChooser job={job} hasPixels={pixels !== undefined} rows={rows.value?.data ?? []} row={row} isNewest={epoch === undefined} trace={trace} />
      <StepFrame
        job={job}
        steps={steps}
        step={step}
        drawing={<TraceDrawing trace={trace} picture={picture} isBackward={isAt("Backpropagation", "Weight update")} hasChoice={isAt("Forward pass", "Backpropagation")} />}
      >
        {isAt("Encoding") && <EncodingStep trace={trace} target={nameTargets(job.spec)} pictures={pictures} pixels={pixels} />}
        {isAt("Feature maps") && <FeatureMapsStep job={job} row={withoutTarget(traced ?? {}, job)} epoch={trace.epoch} />}
        {isAt("Forward pass") && <ForwardStep trace={trace} />}
        {isAt("Loss") && <LossStep trace={trace} target={nameTargets(job.spec)} />}
        {isAt("Backpropagation") && <BackwardStep trace={trace} />}
        {isAt("Weight update") && <UpdateStep update={trace.update} loss={trace.loss} terms={selectNeuron(trace).terms} />}
      </StepFrame>
    </>
  );
}

const withoutTarget = (row: Row, job: Job): Row => Object.fromEntries(Object.entries(row).filter(([name]) => !listTargets(job.spec).includes(name)));

function parseRow(text: string): Row | undefined {
  try {
    return JSON.parse(text) as Row;
  } catch {
    return undefined;
  }
}
