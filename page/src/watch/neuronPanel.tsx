// A chosen neuron of the net: its strongest connections with their weights, and what it responds to.
import { useMemo } from "preact/hooks";
import { encodeSegment, isAllowed } from "../api/client";
import type { Activations, Dataset, Job, List, Row } from "../api/shapes";
import { listTargets } from "../api/targets";
import { useFetch } from "../api/useFetch";
import { useRefetch } from "../api/useRefetch";
import { formatNumber, formatPercent, shorten } from "../shell/format";
import { Icon } from "../shell/icon";
import { hrefFor } from "../shell/route";
import { findPictures, RowPicture } from "../shell/rowPicture";
import { findPath, listConnections } from "./connections";
import type { EpochCursor } from "./epochCursor";
import { pathOfNet } from "./netChoice";
import type { Edge, NetLayout, Node } from "./netLayout";
import { gridRows, listInputs, typicalRow } from "./predictionViews";
import { correlateColumns, findExciting } from "./response";
import { ResponseMap } from "./responseMap";
import { useAxes } from "./useAxes";

const MAX_CONNECTIONS = 4;
const MAX_ROWS = 200;
const MAX_CELLS = 30_000;
const GRID_SIDE = 20;
const EXAMPLES = 4;

interface Props {
  job: Job;
  layout: NetLayout;
  node: Node;
  epoch: number;
  cursor: EpochCursor;
  onClose: () => void;
}

export function NeuronPanel({ job, layout, node, epoch, cursor, onClose }: Props) {
  const { incoming, outgoing } = listConnections(layout, node);
  const path = findPath(layout, node);
  const last = layout.columns.length - 1;
  const isInput = node.layer === 0;
  return (
    <section class="neuron" aria-labelledby="neuron">
      <header>
        <h3 id="neuron">
          <bdi>{shorten(node.name, 60)}</bdi>
        </h3>
        <button class="small quiet" aria-label="Close the neuron" onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div class="neuron-parts">
        {incoming.length > 0 && <Connections title="Strongest inputs drawn" edges={incoming} side="from" />}
        {outgoing.length > 0 && <Connections title="Strongest outputs drawn" edges={outgoing} side="to" />}
        {!isInput && <Response job={job} node={node} epoch={epoch} cursor={cursor} />}
      </div>
      {path.length > 0 && (
        <p class="muted">
          Strongest path: {[path[0]?.from.name, ...path.map(({ to }) => to.name)].map((name) => shorten(name ?? "", 28)).join(" → ")}.
        </p>
      )}
      {!isInput && !job.unavailable?.trace && isAllowed("predict") && (
        <a href={hrefFor(["jobs", job.id, "tour"], { layer: String(node.layer), neuron: String(node.unit), step: "2", epoch: "newest" })}>
          {node === layout.columns[last]?.nodes[0] ? "Follow its output through a training step" : "Follow it through a training step"}
        </a>
      )}
    </section>
  );
}

function Connections({ title, edges, side }: { title: string; edges: Edge[]; side: "from" | "to" }) {
  return (
    <table class="terms">
      <caption>{title}</caption>
      <tbody>
        {edges.slice(0, MAX_CONNECTIONS).map((edge) => (
          <tr key={edge[side].name}>
            <th scope="row" title={edge[side].name}>
              {shorten(edge[side].name, 24)}
            </th>
            <td class={`number ${edge.value > 0 ? "up" : "down"}`}>{formatNumber(edge.value, 3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The output of the neuron for rows of the table, and over two columns where it has two of numbers. */
function Response({ job, node, epoch, cursor }: Pick<Props, "job" | "node" | "epoch" | "cursor">) {
  const base = `/v1/datasets/${encodeSegment(job.spec.dataset_id)}`;
  const dataset = useFetch<Dataset>(base).value;
  const inputs = useMemo(() => listInputs(job.spec, dataset?.columns ?? [], listTargets(job.spec)), [dataset, job.id]);
  const source = useMemo(() => dataset && findPictures(dataset), [dataset]);
  const limit = Math.round(Math.min(MAX_ROWS, Math.max(MAX_CELLS / Math.max(inputs.length, 1), 20)));
  const isAsked = isAllowed("predict") && inputs.length > 0 && !job.unavailable?.evaluate && source?.image === undefined;
  const found = useFetch<List<Row>>(isAsked ? `${base}/rows?limit=${limit}` : null).value?.data;
  const rows = useMemo(() => found?.map((row) => Object.fromEntries(inputs.map(({ name }) => [name, row[name] ?? null]))), [found, inputs]);
  const { x, y } = useAxes(job, inputs, isAsked && !source);
  const asked = { layer: node.layer, unit: node.unit, epoch };
  const url = isAsked && !cursor.isPlaying.value ? pathOfNet(job, "activations") : null;
  const ofRows = useRefetch<Activations>(rows ? url : null, "", false, JSON.stringify({ ...asked, rows }));
  const grid = useMemo(() => (x && y && !source ? { rows: gridRows(x, y, GRID_SIDE), defaults: typicalRow(inputs, dataset?.rows ?? 0, [x, y]) } : undefined), [x, y, inputs, source]);
  const ofGrid = useRefetch<Activations>(grid ? url : null, "", false, JSON.stringify({ ...asked, ...grid }));
  if (!isAsked) return null;
  return (
    <div class="response">
      <h4>What it responds to</h4>
      {cursor.isPlaying.value && <p class="muted">It is measured once the replay is paused.</p>}
      {ofGrid.isCurrent && ofGrid.value && x && y && <ResponseMap activations={ofGrid.value.activations} x={x.name} y={y.name} />}
      {ofRows.isCurrent && ofRows.value && found && (
        <>
          <p>{describe(ofRows.value, correlateColumns(inputs, found, ofRows.value.activations, 3))}</p>
          <ol class="exciting" aria-label="The rows that excite it most">
            {findExciting(ofRows.value.activations, EXAMPLES).map((place) => (
              <li key={place}>
                {source && <RowPicture source={source} row={place + 1} cells={found[place] ?? {}} alt={`row ${place + 1}`} />}
                <span>
                  row {place + 1}, {shorten(String(found[place]?.[job.spec.target ?? ""] ?? ""), 16)}
                </span>
                <b class="number">{formatNumber(ofRows.value?.activations[place], 3)}</b>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

function describe({ activations, activation }: Activations, columns: [string, number][]): string {
  const isRectified = activation === "relu";
  const active = activations.filter((value) => (value ?? 0) > 0).length / Math.max(activations.length, 1);
  const share = isRectified ? `Active for ${formatPercent(active)} of ${activations.length} rows.` : `Positive for ${formatPercent(active)} of ${activations.length} rows.`;
  const strongest = columns.map(([name, r]) => `${shorten(name, 28)} (r = ${r.toFixed(2)})`).join(", ");
  return strongest ? `${share} It goes with ${strongest}.` : share;
}
