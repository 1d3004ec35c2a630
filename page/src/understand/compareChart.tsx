// Curves of runs in one chart, one metric an axis, with a point at each one's best epoch and lines at the baselines.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { Term } from "../help/term";
import { nameTargets } from "../api/targets";
import { createAxis, createPercentAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import type { Mark } from "../shell/chartMarks";
import { downsample } from "../shell/downsample";
import { formatMetric, formatNumber, isShare, shorten, toWords } from "../shell/format";
import { setQuery, route } from "../shell/route";
import { SERIES_COLOURS, themeColour } from "../shell/theme";
import { listMarks } from "../watch/lossMarks";
import { runTitle } from "./compareRuns";
import { readCurve, type Run } from "./runCurves";

const MAX_POINTS = 1_000;
const MAX_STOPS = 4;
/** How the lines of runs are dashed once all colours are taken. */
const DASHES = [undefined, [7, 4], [2, 3]];

interface Props {
  runs: Run[];
  curve: string;
  /** Whether it is the only chart, so that its target need not be named. */
  isAlone: boolean;
}

export function CompareChart({ runs, curve, isAlone }: Props) {
  const id = `curves-${curve}-${runs.map(({ n }) => n).join("-")}`;
  const log = route.value.query.get("scale") === "log";
  const first = runs[0] as Run;
  const unit = curve === "loss" ? toWords(first.job.spec.loss) : toWords(curve);
  const title = curve === "loss" ? `Validation loss: ${unit}` : `${unit.charAt(0).toUpperCase()}${unit.slice(1)} on validation rows`;
  const length = Math.max(...runs.map(({ epochs }) => epochs.length));
  const values = useMemo(() => runs.map(({ epochs }) => epochs.map((epoch) => readCurve(epoch, curve))), [runs, curve]);
  const data = useMemo(() => {
    const x = Array.from({ length }, (_, n) => n + 1);
    const series = values.map((one) => x.map((_, n) => hideFromLog(one[n] ?? null, log)));
    return downsample(x, series, MAX_POINTS) as uPlot.AlignedData;
  }, [values, log]);
  const marks = useMemo(() => listSharedMarks(runs, curve), [runs, curve]);
  const format = (value: number | null): string => (curve === "loss" ? formatNumber(value) : formatMetric(curve, value));

  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [createAxis("epoch"), isShare(curve) && !log ? createPercentAxis(unit) : createVerticalAxis(unit, log)],
    series: [
      { label: "epoch" },
      ...runs.map((run) => ({
        label: runTitle(run),
        stroke: themeColour(colourOf(run.n)),
        ...dashOf(run.n),
        width: 2,
        points: { show: true, size: 9, fill: themeColour(colourOf(run.n)), filter: (plot: uPlot) => findBestIndex(plot, run) },
        value: (_: uPlot, value: number | null) => format(value),
      })),
    ],
  });
  const listColumns = (): [string, (number | null)[]][] => [
    ["epoch", Array.from({ length }, (_, n) => n + 1)],
    ...runs.map((run, place): [string, (number | null)[]] => [runTitle(run), values[place] ?? []]),
  ];
  const ends = runs.map((run) => `${runTitle(run)}: ${describeBest(run, curve, format)}`);
  return (
    <section class="card curves" aria-labelledby={id}>
      <header>
        <h2 id={id}>
          {curve === "loss" ? (
            <>
              <Term>Validation loss</Term>: {unit}
            </>
          ) : (
            title
          )}
          {!isAlone && (
            <span class="muted">
              {" "}
              of <bdi>{shorten(nameTargets(first.job.spec))}</bdi>
            </span>
          )}
        </h2>
        <label class="switch">
          <input type="checkbox" checked={log} onChange={() => setQuery({ scale: log ? null : "log" })} /> log scale
        </label>
      </header>
      <p class="muted">A point marks the best epoch of a run, whose net is kept.</p>
      <Chart
        data={data}
        options={options}
        height={340}
        legend="values"
        optionsKey={`${log} ${curve} ${runs.map(({ job, n }) => `${job.id}${n}${job.best?.epoch}`).join()}`}
        label={`${title} by epoch. ${ends.join("; ")}.`}
        marks={marks}
        file={{ name: title, columns: listColumns }}
      />
    </section>
  );
}

/** The colour of a run in charts and in the table. */
export const colourOf = (n: number): string => SERIES_COLOURS[n % SERIES_COLOURS.length] as string;

function dashOf(n: number): { dash?: number[] } {
  const dash = DASHES[Math.floor(n / SERIES_COLOURS.length) % DASHES.length];
  return dash ? { dash } : {};
}

const hideFromLog = (value: number | null, log: boolean): number | null => (log && value !== null && value <= 0 ? null : value);

/** The index of the point that is nearest to the best epoch. */
function findBestIndex({ data: [xs] }: uPlot, { job, epochs }: Run): number[] {
  const best = job.best?.epoch ?? (epochs.length === 1 ? 1 : null);
  if (best === null) return [];
  let nearest = 0;
  for (let at = 1; at < xs.length; at += 1) if (Math.abs((xs[at] ?? 0) - best) < Math.abs((xs[nearest] ?? 0) - best)) nearest = at;
  return [nearest];
}

/** The baselines that all runs of a chart share, and where the first few runs were stopped early. */
function listSharedMarks(runs: Run[], curve: string): Mark[] {
  const baselines = runs.map((run) => listMarks(run.job, curve, null, undefined));
  const shared = (baselines[0] ?? []).filter(({ label }) => baselines.every((marks) => marks.some((mark) => mark.label === label)));
  const stopped = runs.filter(({ job }) => job.stop_reason === "early_stopping");
  const stops = stopped.length > MAX_STOPS ? [] : stopped;
  return [
    ...shared,
    ...stops.map(({ epochs, n }): Mark => ({ axis: "x", at: epochs.length, label: `${n + 1} stopped early`, colour: colourOf(n) })),
  ];
}

function describeBest({ job, epochs }: Run, curve: string, format: (value: number | null) => string): string {
  const best = job.best?.epoch;
  if (best == null) return `${format(readCurve(epochs.at(-1), curve))} at its end`;
  return `${format(readCurve(epochs[best - 1], curve))} in its best epoch, ${best}`;
}
