// The net as a drawing: neurons, layers, connections; blue pulls up, amber pulls down, thick pulls hard.
// While it learns, the error is seen to flow back from the output; a slider leads through the epochs that were kept.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { NetWeights } from "../api/insight";
import type { Job } from "../api/shapes";
import { ask, route } from "../shell/route";
import { moves, shade } from "../shell/theme";
import { useKeptAnswer } from "./kept";
import { layout, type Placed } from "./netlayout";
import { outline } from "./netoutline";
import { flow, paint } from "./netpaint";
import type { Story } from "./story";

const UNITS = 24;
const UNITS_ON_PHONES = 14;
const FRAME_MS = 33;

export function Net({ job, story }: { job: Job; story: Story }) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const units = width < 520 ? UNITS_ON_PHONES : UNITS;
  const chosen = route.value.query.get("epoch");
  const { value: weights } = useKeptAnswer<NetWeights>(
    `/v1/jobs/${job.id}/weights?epoch=${chosen ?? "latest"}&units=${units}`,
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

function Drawing({ placed, flowing, label }: { placed: Placed; flowing: boolean; label: string }) {
  const still = useRef<HTMLCanvasElement>(null);
  const moving = useRef<HTMLCanvasElement>(null);
  const theme = shade.value;

  useEffect(() => {
    const canvas = still.current;
    if (!canvas || !placed.width) return;
    const frame = requestAnimationFrame(() => paint(sized(canvas, placed), placed));
    return () => cancelAnimationFrame(frame);
  }, [placed, theme]);

  useEffect(() => {
    const canvas = moving.current;
    if (!canvas || !placed.width) return;
    const context = sized(canvas, placed);
    if (!flowing || !moves.value) return;
    let frame = 0;
    let before = 0;
    const draw = (now: number): void => {
      if (now - before >= FRAME_MS) {
        before = now;
        flow(context, placed, now);
      }
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [placed, flowing, theme, moves.value]);

  return (
    <div class="stack" role="img" aria-label={label} style={{ height: `${placed.height}px` }}>
      <canvas ref={still} />
      <canvas ref={moving} />
    </div>
  );
}

/** A canvas of the right size for this screen, cleared, measured in CSS pixels. */
function sized(canvas: HTMLCanvasElement, { width, height }: Placed): CanvasRenderingContext2D {
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(ratio, ratio);
  return context;
}

function useWidth(place: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const at = place.current;
    if (!at) return;
    const watching = new ResizeObserver(() => setWidth(at.clientWidth));
    watching.observe(at);
    setWidth(at.clientWidth);
    return () => watching.disconnect();
  }, []);
  return width;
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
