// Learning curves: training and validation loss by epoch, or one of the metrics.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Job } from "../api/shapes";
import { createAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber, toWords } from "../shell/format";
import { setQuery, route } from "../shell/route";
import { themeColour } from "../shell/theme";
import { downsample } from "../shell/downsample";
import type { JobStore } from "./jobStore";

const MAX_POINTS = 1_500;

export function LossChart({ job, store }: { job: Job; store: JobStore }) {
  const version = store.version.value;
  const curve = route.value.query.get("curve") ?? "loss";
  const log = route.value.query.get("scale") === "log";
  const names = ["loss", ...store.metrics.keys()];
  const metric = store.metrics.get(curve);
  const data = useMemo(() => {
    const series = metric ? [metric] : [store.train, store.validation];
    const sampled = downsample(store.epochs, series, MAX_POINTS);
    return log ? sampled.map((values, n) => (n ? values.map((y) => (y != null && y > 0 ? y : null)) : values)) : sampled;
  }, [version, curve, log]) as uPlot.AlignedData;

  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    legend: { show: true, live: true },
    cursor: { points: { size: 8 } },
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [createAxis("epoch"), createAxis(undefined, log)],
    series: [
      { label: "epoch" },
      ...(metric
        ? [{ label: toWords(curve), stroke: themeColour("blue"), width: 2 }]
        : [
            { label: "training", stroke: themeColour("blue"), width: 2 },
            { label: "validation", stroke: themeColour("amber"), width: 2, dash: [6, 3] },
          ]),
    ].map((series) => ({ ...series, points: { show: store.epochs.length < 2 }, value: formatValue })),
  });

  return (
    <section class="card curves" aria-labelledby="curves">
      <header>
        <h2 id="curves">{curve === "loss" ? "Loss (how wrong the predictions are)" : toWords(curve)}</h2>
        <div class="choices">
          <label>
            <span class="visually-hidden">Curve</span>
            <select value={curve} onChange={(event) => setQuery({ curve: event.currentTarget.value })}>
              {names.map((name) => (
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
      <Chart data={data} options={options} height={innerWidth < 640 ? 260 : 400} optionsKey={`${curve} ${log} ${store.epochs.length < 2}`} label={describeLoss(job, store)} />
    </section>
  );
}

const formatValue = (_: uPlot, value: number | null): string => (value == null ? "–" : formatNumber(value));

function describeLoss(job: Job, store: JobStore): string {
  const first = store.train[0];
  if (first === undefined) return "No epoch has ended yet.";
  const best = job.best ? ` Best epoch so far: ${job.best.epoch}.` : "";
  return (
    `After epoch 1 the training loss was ${formatNumber(first)}; after epoch ${store.newestEpoch?.epoch} it is ` +
    `${formatNumber(store.newestEpoch?.train_loss)}, and the validation loss is ${formatNumber(store.newestEpoch?.validation_loss)}.${best}`
  );
}
