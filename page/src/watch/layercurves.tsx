// How strongly the error has pulled at each layer so far: where the pull fades towards the inputs, they learn nothing.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { axis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { figure } from "../shell/figures";
import { colour, HUES } from "../shell/theme";
import { thinned } from "../shell/thinned";
import type { Story } from "./story";

const POINTS = 600;

export function LayerCurves({ story }: { story: Story }) {
  const newest = story.watched.at(-1);
  const layers = newest?.layers.length ?? 0;
  const data = useMemo(() => {
    const x = story.watched.map((watched) => watched.epoch);
    const pulls = Array.from({ length: layers }, (_, n) =>
      story.watched.map((watched) => watched.layers[n]?.gradient_norm || null),
    );
    return thinned(x, pulls, POINTS) as uPlot.AlignedData;
  }, [newest, layers]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [10, 18, 0, 0],
    cursor: { points: { size: 7 } },
    scales: { x: { time: false }, y: { distr: 3 } },
    axes: [axis("epoch"), axis(undefined, true)],
    series: [
      { label: "gradient after epoch" },
      ...Array.from({ length: layers }, (_, n) => ({
        label: n === layers - 1 ? "output" : `layer ${n + 1}`,
        stroke: colour(HUES[n % HUES.length] as string),
        width: 1.75,
        points: { show: false },
        value: (_: uPlot, value: number | null) => figure(value, 3),
      })),
    ],
  });
  if (story.watched.length < 2) return null;
  return (
    <Chart
      data={data}
      options={options}
      height={200}
      kind={String(layers)}
      label="Length of the gradient of each layer, epoch by epoch; its newest values stand in the table below."
    />
  );
}
