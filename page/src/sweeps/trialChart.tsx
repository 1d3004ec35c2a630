// Chart of a sweep: each trial's value by its number, and the best so far.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { Sweep, Trial } from "../api/shapes";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatMetric, toWords } from "../shell/format";
import { themeColour } from "../shell/theme";

export function TrialChart({ sweep, trials }: { sweep: Sweep; trials: Trial[] }) {
  const { metric, minimize } = sweep;
  const data = useMemo(() => arrange(trials, minimize), [trials, minimize]);
  if (data[0].length < 2) return null;
  const format = (_: unknown, value: number | null): string => (value === null ? "–" : formatMetric(metric, value));
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    scales: { x: { time: false } },
    axes: [createAxis("trial"), createVerticalAxis(toWords(metric))],
    series: [
      { label: "trial" },
      {
        label: toWords(metric),
        stroke: themeColour("amber"),
        paths: () => null,
        points: { show: true, size: 7, fill: themeColour("amber") },
        value: format,
      },
      { label: "best so far", stroke: themeColour("blue"), width: 2, value: format },
    ],
  });
  return (
    <section class="card chart-card sweep-section" aria-labelledby="trial-chart">
      <h2 id="trial-chart">Trials</h2>
      <Chart data={data} options={options} height={220} legend="values" optionsKey={metric} label={`The ${toWords(metric)} of each of ${trials.length} trials.`} />
    </section>
  );
}

/** The numbers of trials, their values, and the best of those up to each. */
function arrange(trials: Trial[], minimize: boolean): uPlot.AlignedData {
  const known = trials.filter((trial): trial is Trial & { value: number } => trial.value !== null).sort((one, other) => one.trial - other.trial);
  const better = minimize ? Math.min : Math.max;
  let best = minimize ? Infinity : -Infinity;
  const bests = known.map(({ value }) => (best = better(best, value)));
  return [known.map(({ trial }) => trial), known.map(({ value }) => value), bests];
}
