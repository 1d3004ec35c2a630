// Drawing of the net: positive weights in blue, negative in amber, the width by their size. While it trains, gradients
// flow back from the output; at the cursor's epoch the same neurons are shown as of the newest.
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Dataset, Job, NetWeights } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { encodeSegment, get } from "../api/client";
import { useRefetch } from "../api/useRefetch";
import { useWidth } from "../shell/canvas";
import { route, setQuery } from "../shell/route";
import type { EpochCursor } from "./epochCursor";
import { useFrame } from "./frames";
import { NetCanvas } from "./netCanvas";
import { layoutNet, type Node } from "./netLayout";
import { NeuronPanel } from "./neuronPanel";
import { outlineNet } from "./netOutline";
import { type JobStore, TERMINAL_STATUSES } from "./jobStore";
import { hasNetStarted, pathOfNet } from "./netChoice";

const MAX_UNITS = 24;
const MAX_UNITS_ON_PHONES = 14;

export function Net({ job, store, cursor }: { job: Job; store: JobStore; cursor: EpochCursor }) {
  void store.version.value;
  const container = useRef<HTMLDivElement>(null);
  const width = useWidth(container);
  const units = width < 520 ? MAX_UNITS_ON_PHONES : MAX_UNITS;
  const hasStarted = hasNetStarted(job, store);
  const pathAt = (epoch: string): string => pathOfNet(job, `weights?epoch=${epoch}&units=${units}&units_of=latest`);
  const { value: latest } = useRefetch<NetWeights>(
    hasStarted && width ? pathAt("latest") : null,
    `${job.status} ${job.baselines !== null} ${store.shown.layerStats.at(-1)?.epoch} ${store.shown.newestEpoch?.epoch}`,
    job.status === "running",
  );
  const weights = useFrame(cursor, latest, {
    key: pathAt("frame"),
    load: async ([epoch = 0]) => [[epoch, await get<NetWeights>(pathAt(String(epoch)))]],
  });
  useEffect(() => {
    if (latest) cursor.kept.value = latest.kept_epochs;
  }, [cursor, latest]);
  const dataset = useFetch<Dataset>(weights ? null : `/v1/datasets/${encodeSegment(job.spec.dataset_id)}`).value;
  const net = useMemo(() => weights ?? outlineNet(job.spec, dataset, units), [weights, dataset, job.id, units]);
  const layout = useMemo(() => layoutNet(net, width), [net, width]);
  const isFlowing = job.status === "running" && cursor.epoch.value === null;
  const dead = weights?.layers.reduce((sum, layer) => sum + (layer.dead?.filter(Boolean).length ?? 0), 0) ?? 0;
  const { query } = route.value;
  const isChosen = ({ layer, unit }: Node): boolean => query.get("layer") === String(layer) && query.get("neuron") === String(unit);
  const chosen = layout.columns.flatMap(({ nodes }) => nodes).find(isChosen);
  const choose = (node: Node | undefined): void => setQuery({ layer: node ? String(node.layer) : null, neuron: node ? String(node.unit) : null });

  return (
    <section class="card net" aria-labelledby="net">
      <header>
        <h2 id="net">The net</h2>
        <span class="muted">{describeMoment(job, weights)}</span>
      </header>
      <div ref={container} class="drawing">
        <NetCanvas
          layout={layout}
          isFlowing={isFlowing}
          label={describeNet(net, weights, dead)}
          isMarked={isChosen}
          onSelect={(node) => choose(chosen === node ? undefined : node)}
        />
      </div>
      <p class="legend muted">
        <span class="key blue">positive weight</span> <span class="key amber">negative weight</span>
        {isFlowing && weights?.layers.some((layer) => layer.gradients) && <span class="key green">gradients flowing back (backpropagation)</span>}
        {dead > 0 && <span class="key dead">{dead === 1 ? "1 dead neuron" : `${dead} dead neurons`}</span>}
        {weights && describeHidden(weights)}
        {weights && !chosen && <span>choose a neuron by a click, or arrow keys and Enter</span>}
      </p>
      {chosen && weights && <NeuronPanel job={job} layout={layout} node={chosen} epoch={weights.epoch} cursor={cursor} onClose={() => choose(undefined)} />}
    </section>
  );
}

/** How many neurons the drawing leaves out, by the layer where they are most. */
function describeHidden(weights: NetWeights) {
  const hidden = (layer: NetWeights["layers"][number]): number => layer.units - layer.shown.length;
  const widest = weights.layers.toSorted((a, b) => hidden(b) - hidden(a))[0];
  if (!widest || hidden(widest) === 0) return null;
  return (
    <span>
      showing the {widest.shown.length} strongest of {widest.units} neurons
    </span>
  );
}

function describeMoment(job: Job, weights: NetWeights | undefined): string {
  if (weights) return weights.epoch ? `after epoch ${weights.epoch}` : "before the first epoch";
  return TERMINAL_STATUSES.has(job.status) ? "architecture" : "before training";
}

function describeNet(net: NetWeights, weights: NetWeights | undefined, dead: number): string {
  const layers = net.layers.map((layer, n) =>
    n === net.layers.length - 1 ? `an output layer of ${layer.units}` : `${layer.units} neurons with ${layer.activation}`,
  );
  const strongest = weights && strongestInput(weights);
  return (
    `A net of ${layers.join(", then ")}, with ${net.inputs.length === 1 ? "1 input" : `${net.inputs.length} inputs`} drawn.` +
    (strongest ? ` Of the inputs, ${strongest} has the strongest connections.` : "") +
    (weights ? ` ${dead} of the neurons drawn are dead.` : "")
  );
}

function strongestInput(weights: NetWeights): string | undefined {
  const sums = weights.layers[0]?.weights.map((row) => row.reduce<number>((sum, w) => sum + Math.abs(w ?? 0), 0)) ?? [];
  return weights.inputs[sums.indexOf(Math.max(...sums))]?.name;
}
