// Learning curves: training and validation loss by epoch, or one of the metrics.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Job } from "../api/shapes";
import { Term } from "../help/term";
import { createAxis, createPercentAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatMetric, formatNumber, isShare, toWords } from "../shell/format";
import { setQuery, route } from "../shell/route";
import { themeColour } from "../shell/theme";
import { downsample } from "../shell/downsample";
import { jobName } from "../lists/jobRows";
import type { JobStore } from "./jobStore";
import { chooseNet, findBest } from "./netChoice";
import type { EpochCursor } from "./epochCursor";
import { listMarks } from "./lossMarks";
import type { NetRecord } from "./netRecord";

const MAX_POINTS = 1_500;

export function LossChart({ job, store, cursor }: { job: Job; store: JobStore; cursor: EpochCursor }) {
  const version = store.version.value;
  const curve = route.value.query.get("curve") ?? job.best?.selected_by ?? "loss";
  const log = route.value.query.get("scale") === "log";
  const { shown, others } = store;
  const hasMetric = shown.metrics.has(curve);
  const faint = others.flatMap(([, record]) => record.findCurves(curve).map((_, n) => colourOf(hasMetric, n)));
  const isLanguage = job.spec.task === "language";
  const unit = hasMetric ? toWords(curve) : isLanguage ? "nats a token" : `loss (${toWords(job.spec.loss)})`;
  const best = findBest(job)?.epoch;
  const newest = shown.newestEpoch?.epoch;
  const marks = useMemo(() => listMarks(job, hasMetric ? curve : "loss", best, newest), [job, hasMetric, curve, best, newest]);
  const data = useMemo(() => {
    const longest = [shown, ...others.map(([, record]) => record)].reduce((a, b) => (b.epochs.length > a.epochs.length ? b : a));
    const series = [...shown.findCurves(curve), ...others.flatMap(([, record]) => record.findCurves(curve))];
    const sampled = downsample(longest.epochs, series, MAX_POINTS);
    return log ? sampled.map((values, n) => (n ? values.map((y) => (y != null && y > 0 ? y : null)) : values)) : sampled;
  }, [shown, version, curve, log, hasMetric, faint.length]) as uPlot.AlignedData;

  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [createAxis("epoch"), hasMetric ? createMetricAxis(curve, log) : createVerticalAxis(unit, log)],
    series: [
      { label: "epoch" },
      ...(hasMetric
        ? [{ label: toWords(curve), stroke: themeColour("blue"), width: 2 }]
        : [
            { label: "training", stroke: themeColour("blue"), width: 2 },
            { label: "validation", stroke: themeColour("amber"), width: 2, dash: [6, 3] },
          ]),
      ...faint.map((colour) => ({ label: "", stroke: themeColour(colour), width: 1, alpha: 0.3 })),
    ].map((series, n) => ({ ...series, points: { show: shown.epochs.length < 2 }, value: (_: uPlot, value: number | null) => (n ? formatMetric(curve, value) : formatNumber(value)) })),
  });
  const listColumns = (): [string, (number | null)[]][] => [
    ["epoch", shown.epochs],
    ...nameCurves(shown, curve),
    ...others.flatMap(([net, record]) => nameCurves(record, curve).map(([name, values]): [string, (number | null)[]] => [`${name}, net ${net}`, values])),
  ];

  return (
    <section class="card curves" aria-labelledby="curves">
      <header>
        <h2 id="curves">
          <Term>{curve !== "loss" ? toWords(curve) : isLanguage ? "Loss per token" : "Loss (how wrong the predictions are)"}</Term>
        </h2>
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
      <Chart
        data={data}
        options={options}
        height={innerWidth < 640 ? 260 : 320}
        legend="values"
        optionsKey={`${curve} ${hasMetric} ${log} ${shown.epochs.length < 2} ${faint.length}`}
        label={describeLoss(store)}
        marks={marks}
        moment={cursor.epoch}
        {...(cursor.kept.value.length > 1 ? { onPick: (epoch: number) => cursor.showEpoch(epoch) } : {})}
        file={{ name: `${jobName(job)}: ${unit} by epoch`, columns: listColumns }}
      />
    </section>
  );
}

/** The colour of a net's curve, as in the legend. */
const colourOf = (isMetric: boolean, place: number): string => (isMetric || place === 0 ? "blue" : "amber");

const createMetricAxis = (name: string, log: boolean): uPlot.Axis =>
  isShare(name) && !log ? createPercentAxis(toWords(name)) : createVerticalAxis(toWords(name), log);

/** The curves of a net under their names. */
const nameCurves = (record: NetRecord, curve: string): [string, (number | null)[]][] =>
  record.findCurves(curve).map((values, n) => [record.metrics.has(curve) ? curve : n ? "validation loss" : "training loss", values]);

function describeLoss(store: JobStore): string {
  const { shown, others } = store;
  const first = shown.train[0];
  if (first === undefined) return "No epoch has ended yet.";
  return (
    `After epoch 1 the training loss was ${formatNumber(first)}; after epoch ${shown.newestEpoch?.epoch} it is ` +
    `${formatNumber(shown.newestEpoch?.train_loss)}, and the validation loss is ${formatNumber(shown.newestEpoch?.validation_loss)}.` +
    (others.length ? ` The curves of ${others.length} other nets are drawn faintly.` : "")
  );
}
