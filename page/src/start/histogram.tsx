// Histogram of a column of numbers or dates.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { themeColour } from "../shell/theme";

const MAX_BINS = 24;
const bars = uPlot.paths.bars?.({ size: [0.86, 60], radius: 0.2 });

interface Props {
  values: number[];
  name: string;
  format?: (value: number) => string;
}

export function Histogram({ values, name, format = formatNumber }: Props) {
  const { middles, counts, edges, label } = useMemo(() => computeBins(values, name, format), [values.length, name]);
  if (!values.length) return <p class="muted">No values in the first rows.</p>;
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [4, 2, 0, 2],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: () => [edges[0], edges[1]] }, y: { range: (_, __, max) => [0, max] } },
    axes: [{ show: false }, { show: false }],
    series: [
      {},
      {
        fill: themeColour("blue-fill"),
        width: 0,
        ...(bars ? { paths: bars } : {}),
        points: { show: false },
      },
    ],
  });
  return <Chart data={[middles, counts]} options={options} height={64} label={label} />;
}

interface Bins {
  middles: number[];
  counts: number[];
  edges: [number, number];
  label: string;
}

/** One bin for each value where they are few integers, else bins of equal width. */
function computeBins(values: number[], name: string, format: (value: number) => string): Bins {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const isDiscrete = high - low < MAX_BINS && values.every(Number.isInteger);
  const bins = isDiscrete ? high - low + 1 : MAX_BINS;
  const width = isDiscrete ? 1 : (high - low) / MAX_BINS || 1;
  const start = isDiscrete ? low - 0.5 : low;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(Math.floor((value - start) / width), bins - 1);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const middles = counts.map((_, bin) => start + (bin + 0.5) * width);
  const fullest = counts.indexOf(Math.max(...counts));
  const label = `Distribution of ${name}: from ${format(low)} to ${format(high)}, most around ${format(middles[fullest] ?? low)}.`;
  return { middles, counts, edges: [start, start + bins * width], label };
}
