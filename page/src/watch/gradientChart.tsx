// Gradient norm of each layer by epoch: where it vanishes towards the inputs, those layers learn nothing.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { themeColour, SERIES_COLOURS } from "../shell/theme";
import { downsample } from "../shell/downsample";
import type { EpochCursor } from "./epochCursor";
import type { JobStore } from "./jobStore";

const MAX_POINTS = 600;

export function GradientChart({ store, cursor }: { store: JobStore; cursor: EpochCursor }) {
  const newest = store.shown.layerStats.at(-1);
  const layers = newest?.layers.length ?? 0;
  const data = useMemo(() => {
    const x = store.shown.layerStats.map((stats) => stats.epoch);
    const norms = Array.from({ length: layers }, (_, n) =>
      store.shown.layerStats.map((stats) => stats.layers[n]?.gradient_norm || null),
    );
    return downsample(x, norms, MAX_POINTS) as uPlot.AlignedData;
  }, [newest, layers]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [10, 18, 0, 0],
    scales: { x: { time: false }, y: { distr: 3 } },
    axes: [createAxis("epoch"), createVerticalAxis("gradient norm", true)],
    series: [
      { label: "epoch" },
      ...Array.from({ length: layers }, (_, n) => ({
        label: n === layers - 1 ? "output" : `layer ${n + 1}`,
        stroke: themeColour(SERIES_COLOURS[n % SERIES_COLOURS.length] as string),
        width: 1.75,
        points: { show: false },
        value: (_: uPlot, value: number | null) => formatNumber(value, 3),
      })),
    ],
  });
  if (store.shown.layerStats.length < 2) return null;
  return (
    <Chart
      data={data}
      options={options}
      height={200}
      legend="values"
      optionsKey={String(layers)}
      moment={cursor.epoch}
      label="Gradient norm of each layer by epoch; the latest values are in the table below."
    />
  );
}
