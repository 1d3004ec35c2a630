// Predicted against actual values: on the dashed line the prediction is exact.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { Job, Prediction, Row } from "../api/shapes";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { themeColour } from "../shell/theme";

export interface Pair {
  expected: number;
  predicted: number;
}

export function Scatter({ job, rows, predictions, epoch }: { job: Job; rows: Row[]; predictions: Prediction[]; epoch: number }) {
  const pairs = useMemo(() => {
    const all = rows.map((row, n) => ({ expected: row[job.spec.target], predicted: predictions[n]?.value }));
    return all.filter((pair): pair is Pair => typeof pair.expected === "number" && pair.predicted != null);
  }, [rows, predictions]);
  return (
    <section class="card scatter" aria-labelledby="scatter">
      <header>
        <h2 id="scatter">Predicted against actual</h2>
        <span class="muted">after epoch {epoch}</span>
      </header>
      <ScatterPlot pairs={pairs} />
      <p class="muted">Each point is one row: actual value across, predicted value up. Points on the dashed line are perfect.</p>
    </section>
  );
}

export function ScatterPlot({ pairs }: { pairs: Pair[] }) {
  const data = useMemo(() => {
    const sorted = pairs.toSorted((a, b) => a.expected - b.expected);
    const expected = sorted.map((pair) => pair.expected);
    return [expected, sorted.map((pair) => pair.predicted), expected] as uPlot.AlignedData;
  }, [pairs]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false } },
    axes: [createAxis("actual"), createVerticalAxis("predicted")],
    series: [
      {},
      {
        stroke: themeColour("blue"),
        paths: () => null,
        points: { show: true, size: 5, width: 1, fill: themeColour("blue-wash"), stroke: themeColour("blue") },
      },
      { stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
  });
  return <Chart data={data} options={options} height={300} label={describePairs(pairs)} />;
}

function describePairs(pairs: Pair[]): string {
  if (!pairs.length) return "No rows to compare.";
  const meanError = pairs.reduce((sum, pair) => sum + Math.abs(pair.predicted - pair.expected), 0) / pairs.length;
  return `Predicted against actual for ${pairs.length} rows: mean absolute error ${formatNumber(meanError, 3)}.`;
}
