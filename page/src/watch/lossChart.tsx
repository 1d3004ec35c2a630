// Learning curves: training and validation loss by epoch, or one of the metrics.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Job } from "../api/shapes";
import { createAxis, createPercentAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatMetric, formatNumber, isShare, toWords } from "../shell/format";
import { setQuery, route } from "../shell/route";
import { themeColour } from "../shell/theme";
import { downsample } from "../shell/downsample";
import { type JobStore, TERMINAL_STATUSES } from "./jobStore";
import { chooseNet, findBest } from "./netChoice";
import { findNgramValue } from "./ngrams";

const MAX_POINTS = 1_500;

export function LossChart({ job, store }: { job: Job; store: JobStore }) {
  const version = store.version.value;
  const curve = route.value.query.get("curve") ?? job.best?.selected_by ?? "loss";
  const log = route.value.query.get("scale") === "log";
  const { shown, others } = store;
  const hasMetric = shown.metrics.has(curve);
  const faint = others.flatMap(([, record]) => record.findCurves(curve).map((_, n) => colourOf(hasMetric, n)));
  const isLanguage = job.spec.task === "language";
  const ngrams = findNgramValue(job, curve);
  const data = useMemo(() => {
    const longest = [shown, ...others.map(([, record]) => record)].reduce((a, b) => (b.epochs.length > a.epochs.length ? b : a));
    const baseline = ngrams === null ? [] : [longest.epochs.map(() => ngrams)];
    const series = [...shown.findCurves(curve), ...baseline, ...others.flatMap(([, record]) => record.findCurves(curve))];
    const sampled = downsample(longest.epochs, series, MAX_POINTS);
    return log ? sampled.map((values, n) => (n ? values.map((y) => (y != null && y > 0 ? y : null)) : values)) : sampled;
  }, [shown, version, curve, log, ngrams]) as uPlot.AlignedData;

  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [createAxis("epoch"), hasMetric ? createMetricAxis(curve, log) : createVerticalAxis(isLanguage ? "nats a token" : toWords(job.spec.loss), log)],
    series: [
      { label: "epoch" },
      ...(hasMetric
        ? [{ label: toWords(curve), stroke: themeColour("blue"), width: 2 }]
        : [
            { label: "training", stroke: themeColour("blue"), width: 2 },
            { label: "validation", stroke: themeColour("amber"), width: 2, dash: [6, 3] },
          ]),
      ...(ngrams === null ? [] : [{ label: "5-gram, validation", stroke: themeColour("violet"), width: 2, dash: [2, 3] }]),
      ...faint.map((colour) => ({ label: "", stroke: themeColour(colour), width: 1, alpha: 0.3 })),
    ].map((series, n) => ({ ...series, points: { show: shown.epochs.length < 2 }, value: (_: uPlot, value: number | null) => (n ? formatMetric(curve, value) : formatNumber(value)) })),
    hooks: { draw: [(plot) => drawBestEpoch(plot, findBest(store.job.peek())?.epoch)] },
  });

  return (
    <section class="card curves" aria-labelledby="curves">
      <header>
        <h2 id="curves">{curve !== "loss" ? toWords(curve) : isLanguage ? "Loss per token" : "Loss (how wrong the predictions are)"}</h2>
        <div class="choices">
          <label>
            <span class="visually-hidden">Curve</span>
            <select value={curve} onChange={(event) => setQuery({ curve: event.currentTarget.value })}>
              {["loss", ...shown.metrics.keys()].map((name) => (
                <option key={name} value={name}>
                  {toWords(name)}
                </option>
              ))}
            </select>
          </label>
          <label class="switch">
            <input type="checkbox" checked={log} onChange={() => setQuery({ scale: log ? null : "log" })} /> log scale
          </label>
        </div>
      </header>
      {others.length > 0 && <p class="muted">Net {chooseNet()}, and faintly the other nets.</p>}
      <Chart data={data} options={options} height={innerWidth < 640 ? 260 : 400} legend="values" optionsKey={`${curve} ${log} ${shown.epochs.length < 2} ${ngrams !== null} ${faint.length}`} label={describeLoss(job, store)} />
    </section>
  );
}

/** The colour of a net's curve, as in the legend. */
const colourOf = (isMetric: boolean, place: number): string => (isMetric || place === 0 ? "blue" : "amber");

const createMetricAxis = (name: string, log: boolean): uPlot.Axis =>
  isShare(name) && !log ? createPercentAxis(toWords(name)) : createVerticalAxis(toWords(name), log);

/** Mark the epoch whose net is kept. */
function drawBestEpoch({ ctx, bbox, scales, valToPos }: uPlot, epoch: number | null | undefined): void {
  if (epoch == null || epoch < (scales.x?.min ?? Infinity) || epoch > (scales.x?.max ?? -Infinity)) return;
  const x = valToPos(epoch, "x", true);
  const isRight = x > bbox.left + bbox.width / 2;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = themeColour("green");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `${12 * devicePixelRatio}px 'Inter Variable', system-ui, sans-serif`;
  ctx.textAlign = isRight ? "right" : "left";
  ctx.fillText(`best epoch ${epoch}`, x + (isRight ? -6 : 6) * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
  ctx.restore();
}

function describeLoss(job: Job, store: JobStore): string {
  const { shown, others } = store;
  const first = shown.train[0];
  if (first === undefined) return "No epoch has ended yet.";
  const bestEpoch = findBest(job)?.epoch;
  const best = bestEpoch ? ` Best epoch${TERMINAL_STATUSES.has(job.status) ? "" : " so far"}: ${bestEpoch}.` : "";
  const ngrams = findNgramValue(job, "loss");
  return (
    `After epoch 1 the training loss was ${formatNumber(first)}; after epoch ${shown.newestEpoch?.epoch} it is ` +
    `${formatNumber(shown.newestEpoch?.train_loss)}, and the validation loss is ${formatNumber(shown.newestEpoch?.validation_loss)}.${ngrams === null ? "" : ` That of a 5-gram is ${formatNumber(ngrams)}.`}${best}` +
    (others.length ? ` The curves of ${others.length} other nets are drawn faintly.` : "")
  );
}
