// Drawing of the net: positive weights in blue, negative in amber, the width by their size. While it trains, gradients
// flow back from the output; a slider shows the weights of earlier epochs.
import { useMemo, useRef } from "preact/hooks";
import type { Dataset, Job, NetWeights } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import { useRefetch } from "../api/useRefetch";
import { useWidth } from "../shell/canvas";
import { route } from "../shell/route";
import { EpochSlider } from "./epochSlider";
import { NetCanvas } from "./netCanvas";
import { layoutNet } from "./netLayout";
import { outlineNet } from "./netOutline";
import { type JobStore, TERMINAL_STATUSES } from "./jobStore";
import { hasNetStarted, pathOfNet } from "./netChoice";

const MAX_UNITS = 24;
const MAX_UNITS_ON_PHONES = 14;

export function Net({ job, store }: { job: Job; store: JobStore }) {
  void store.version.value;
  const container = useRef<HTMLDivElement>(null);
  const width = useWidth(container);
  const units = width < 520 ? MAX_UNITS_ON_PHONES : MAX_UNITS;
  const epochParam = route.value.query.get("epoch");
  const hasStarted = hasNetStarted(job, store);
  const { value: weights } = useRefetch<NetWeights>(
    hasStarted && width ? pathOfNet(job, `weights?epoch=${epochParam ?? "latest"}&units=${units}`) : null,
    epochParam ? "" : `${job.status} ${job.baselines !== null} ${store.shown.layerStats.at(-1)?.epoch} ${store.shown.newestEpoch?.epoch}`,
    job.status === "running",
  );
  const dataset = useFetch<Dataset>(weights ? null : `/v1/datasets/${encodeSegment(job.spec.dataset_id)}`).value;
  const net = useMemo(() => weights ?? outlineNet(job.spec, dataset, units), [weights, dataset, job.id, units]);
  const layout = useMemo(() => layoutNet(net, width), [net, width]);
  const isFlowing = job.status === "running" && !epochParam;
  const dead = weights?.layers.reduce((sum, layer) => sum + (layer.dead?.filter(Boolean).length ?? 0), 0) ?? 0;

  return (
    <section class="card net" aria-labelledby="net">
      <header>
        <h2 id="net">The net</h2>
        <span class="muted">{describeMoment(job, weights)}</span>
      </header>
      <div ref={container} class="drawing">
        <NetCanvas layout={layout} isFlowing={isFlowing} label={describeNet(net, weights, dead)} />
      </div>
      <p class="legend muted">
        <span class="key blue">positive weight</span> <span class="key amber">negative weight</span>
        {isFlowing && weights?.layers.some((layer) => layer.gradients) && <span class="key green">gradients flowing back (backpropagation)</span>}
        {dead > 0 && <span class="key dead">{dead === 1 ? "1 dead neuron" : `${dead} dead neurons`}</span>}
        {weights && describeHidden(weights)}
      </p>
      {weights && weights.kept_epochs.length > 1 && <EpochSlider id="epoch" epoch={weights.epoch} epochs={weights.kept_epochs} isLive={!epochParam} />}
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
