// What the net makes of the rows just now: as a moving border where there are two inputs, and for numbers as
// predictions against what is true.
import { useMemo } from "preact/hooks";
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import { useKeptAnswer } from "../api/kept";
import type { Dataset, Job, List, Prediction, Row } from "../api/shapes";
import { route } from "../shell/route";
import { Scatter } from "./scatter";
import type { Story } from "./story";
import { Surface } from "./surface";

const ROWS = 400;
export const GRID = 32;

interface Replay {
  data: { epoch: number; predictions: Prediction[] }[];
}

export function Outlook({ job, story }: { job: Job; story: Story }) {
  void story.version.value;
  const dataset = useAnswer<Dataset>(`/v1/datasets/${part(job.spec.dataset_id)}`).value;
  const rows = useAnswer<List<Row>>(`/v1/datasets/${part(job.spec.dataset_id)}/rows?limit=${ROWS}`).value?.data;
  const inputs = useMemo(() => {
    const wanted = job.spec.features ?? dataset?.columns?.map((column) => column.name) ?? [];
    return (dataset?.columns ?? []).filter(({ name }) => wanted.includes(name) && name !== job.spec.target);
  }, [dataset, job.id]);
  const flat = inputs.length === 2 && inputs.every((column) => column.type === "numeric");
  const asked = useMemo(() => (rows && dataset ? questions(rows, inputs, flat) : []), [rows, inputs]);
  const show = flat || job.spec.task === "regression";

  const epoch = route.value.query.get("epoch");
  const begun = story.newest !== undefined || story.watched.length > 0;
  const moved = epoch ? "" : `${job.status} ${story.newest?.epoch}`;
  const { value } = useKeptAnswer<Replay>(
    show && begun && asked.length ? `/v1/jobs/${part(job.id)}/replay` : null,
    moved,
    job.status === "running",
    JSON.stringify({ rows: asked, epochs: epoch ? [Number(epoch)] : "latest" }),
  );
  const told = value?.data.at(-1);
  if (!show || !rows || !told) return null;
  const about = { job, rows, predictions: told.predictions, epoch: told.epoch };
  return flat ? <Surface {...about} x={inputs[0]!} y={inputs[1]!} /> : <Scatter {...about} />;
}

/** A net of points over both inputs, or the rows themselves. */
function questions(rows: Row[], inputs: Dataset["columns"] & object, flat: boolean): Row[] {
  const names = inputs.map((column) => column.name);
  if (!flat) return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
  const [x, y] = inputs.map(({ min, max }) => (share: number) => Number(min) + share * (Number(max) - Number(min)));
  return Array.from({ length: GRID * GRID }, (_, n) => ({
    [names[0] as string]: x?.((n % GRID) / (GRID - 1)) ?? null,
    [names[1] as string]: y?.(1 - Math.floor(n / GRID) / (GRID - 1)) ?? null,
  }));
}
