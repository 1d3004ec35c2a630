// How the numbers of a column are spread, as bars.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { Chart } from "../shell/chart";
import { figure } from "../shell/figures";
import { colour } from "../shell/theme";

const BINS = 24;
const bars = uPlot.paths.bars?.({ size: [0.86, 60], radius: 0.2 });

export function Histogram({ values, name }: { values: number[]; name: string }) {
  const { middles, counts, edges, label } = useMemo(() => binned(values, name), [values.length, name]);
  if (!values.length) return <p class="soft">No numbers among the first rows.</p>;
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [4, 2, 0, 2],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: () => [edges[0], edges[1]] }, y: { range: (_, __, max) => [0, max] } },
    axes: [{ show: false }, { show: false }],
    series: [
      {},
      {
        fill: colour("blue-fill"),
        width: 0,
        ...(bars ? { paths: bars } : {}),
        points: { show: false },
      },
    ],
  });
  return <Chart data={[middles, counts]} options={options} height={64} label={label} />;
}

interface Binned {
  middles: number[];
  counts: number[];
  edges: [number, number];
  label: string;
}

/** One bar for each value where they are whole and few, else as many stretches of the same width. */
function binned(values: number[], name: string): Binned {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const few = high - low < BINS && values.every(Number.isInteger);
  const bins = few ? high - low + 1 : BINS;
  const width = few ? 1 : (high - low) / BINS || 1;
  const start = few ? low - 0.5 : low;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(Math.floor((value - start) / width), bins - 1);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const middles = counts.map((_, bin) => start + (bin + 0.5) * width);
  const fullest = counts.indexOf(Math.max(...counts));
  const label = `Spread of ${name}: from ${figure(low)} to ${figure(high)}, most around ${figure(middles[fullest] ?? low)}.`;
  return { middles, counts, edges: [start, start + bins * width], label };
}
