// The net as a drawing: neurons, layers, connections; blue pulls up, amber pulls down, thick pulls hard.
// While it learns, the error is seen to flow back from the output; a slider leads through the epochs that were kept.
import { useMemo, useRef } from "preact/hooks";
import type { NetWeights } from "../api/insight";
import { useKeptAnswer } from "../api/kept";
import type { Job } from "../api/shapes";
import { ask, route } from "../shell/route";
import { Drawing, useWidth } from "./drawing";
import { layout } from "./netlayout";
import { outline } from "./netoutline";
import type { Story } from "./story";

const UNITS = 24;
const UNITS_ON_PHONES = 14;

export function Net({ job, story }: { job: Job; story: Story }) {
  void story.version.value;
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const units = width < 520 ? UNITS_ON_PHONES : UNITS;
  const chosen = route.value.query.get("epoch");
  const begun = story.newest !== undefined || story.watched.length > 0;
  const { value: weights } = useKeptAnswer<NetWeights>(
    begun && width ? `/v1/jobs/${job.id}/weights?epoch=${chosen ?? "latest"}&units=${units}` : null,
    chosen ? "" : `${job.status} ${story.watched.at(-1)?.epoch} ${story.newest?.epoch}`,
    job.status === "running",
  );
  const drawn = useMemo(() => weights ?? outline(job.spec, units), [weights, job.id, units]);
  const placed = useMemo(() => layout(drawn, width), [drawn, width]);
  const dead = weights?.layers.reduce((sum, layer) => sum + (layer.dead?.filter(Boolean).length ?? 0), 0) ?? 0;

  return (
    <section class="card net" aria-labelledby="net">
      <header>
        <h2 id="net">The net</h2>
        <span class="soft">{weights ? `after epoch ${weights.epoch}` : story.newest ? "its shape" : "before its first step"}</span>
      </header>
      <div ref={place} class="drawing">
        <Drawing placed={placed} flowing={job.status === "running" && !chosen} label={told(drawn, weights, dead)} />
      </div>
      <p class="legend soft">
        <span class="key blue">pulls up</span> <span class="key amber">pulls down</span>
        {weights?.layers.some((layer) => layer.gradients) && <span class="key green">blame flowing back</span>}
        {dead > 0 && <span class="key dead">{dead === 1 ? "1 dead neuron" : `${dead} dead neurons`}</span>}
        {weights?.layers.some((layer) => layer.shown.length < layer.units) && <span>only the strongest are drawn</span>}
      </p>
      {weights && weights.kept_epochs.length > 1 && <Epochs weights={weights} live={!chosen} />}
    </section>
  );
}

function Epochs({ weights, live }: { weights: NetWeights; live: boolean }) {
  const kept = weights.kept_epochs;
  const at = live ? kept.length - 1 : Math.max(kept.findLastIndex((epoch) => epoch <= weights.epoch), 0);
  return (
    <div class="scrub">
      <label for="epoch">Epoch {weights.epoch}</label>
      <input
        id="epoch"
        type="range"
        min={0}
        max={kept.length - 1}
        value={at}
        aria-valuetext={`epoch ${weights.epoch}`}
        onInput={(event) => {
          const to = Number(event.currentTarget.value);
          ask({ epoch: to === kept.length - 1 ? null : String(kept[to]) });
        }}
      />
      <button class="small" disabled={live} onClick={() => ask({ epoch: null })}>
        Newest
      </button>
    </div>
  );
}

function told(drawn: NetWeights, weights: NetWeights | undefined, dead: number): string {
  const layers = drawn.layers.map((layer, n) =>
    n === drawn.layers.length - 1 ? `an output layer of ${layer.units}` : `${layer.units} neurons with ${layer.activation}`,
  );
  const strongest = weights && strongestInput(weights);
  return (
    `A net of ${layers.join(", then ")}.` +
    (strongest ? ` Of the inputs, ${strongest} has the strongest connections.` : "") +
    (weights ? ` ${dead} of the neurons drawn are dead.` : "")
  );
}

function strongestInput(weights: NetWeights): string | undefined {
  const sums = weights.layers[0]?.weights.map((row) => row.reduce((sum, w) => sum + Math.abs(w), 0)) ?? [];
  return weights.inputs[sums.indexOf(Math.max(...sums))]?.name;
}
