// The loss, epoch by epoch, on the rows learned from and on those held back; or one of the metrics.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Job } from "../api/shapes";
import { axis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { figure, words } from "../shell/figures";
import { ask, route } from "../shell/route";
import { colour } from "../shell/theme";
import { thinned } from "../shell/thinned";
import type { Story } from "./story";

const POINTS = 1_500;

export function Curves({ job, story }: { job: Job; story: Story }) {
  const version = story.version.value;
  const shown = route.value.query.get("curve") ?? "loss";
  const log = route.value.query.get("scale") === "log";
  const names = ["loss", ...story.metrics.keys()];
  const metric = story.metrics.get(shown);
  const data = useMemo(() => {
    const series = metric ? [metric] : [story.train, story.validation];
    const kept = thinned(story.epochs, series, POINTS);
    return log ? kept.map((values, n) => (n ? values.map((y) => (y != null && y > 0 ? y : null)) : values)) : kept;
  }, [version, shown, log]) as uPlot.AlignedData;

  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    legend: { show: true, live: true },
    cursor: { points: { size: 8 } },
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [axis("epoch"), axis(undefined, log)],
    series: [
      { label: "epoch" },
      ...(metric
        ? [{ label: words(shown), stroke: colour("blue"), width: 2 }]
        : [
            { label: "training", stroke: colour("blue"), width: 2 },
            { label: "validation", stroke: colour("amber"), width: 2, dash: [6, 3] },
          ]),
    ].map((series) => ({ ...series, points: { show: story.epochs.length < 2 }, value: shownValue })),
  });

  return (
    <section class="card curves" aria-labelledby="curves">
      <header>
        <h2 id="curves">{shown === "loss" ? "How wrong it is" : words(shown)}</h2>
        <div class="choices">
          <label>
            <span class="unseen">Curve</span>
            <select value={shown} onChange={(event) => ask({ curve: event.currentTarget.value })}>
              {names.map((name) => (
                <option key={name} value={name}>
                  {words(name)}
                </option>
              ))}
            </select>
          </label>
          <label class="switch">
            <input type="checkbox" checked={log} onChange={() => ask({ scale: log ? null : "log" })} /> log scale
          </label>
        </div>
      </header>
      <Chart data={data} options={options} height={innerWidth < 640 ? 260 : 400} kind={`${shown} ${log} ${story.epochs.length < 2}`} label={told(job, story)} />
    </section>
  );
}

const shownValue = (_: uPlot, value: number | null): string => (value == null ? "–" : figure(value));

function told(job: Job, story: Story): string {
  const first = story.train[0];
  if (first === undefined) return "No epoch has ended yet.";
  const best = job.best ? ` Best epoch so far: ${job.best.epoch}.` : "";
  return (
    `After epoch 1 the training loss was ${figure(first)}; after epoch ${story.newest?.epoch} it is ` +
    `${figure(story.newest?.train_loss)}, and ${figure(story.newest?.validation_loss)} on the rows held back.${best}`
  );
}
