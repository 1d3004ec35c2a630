// Residuals of a regression: actual minus predicted, as a histogram.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { Evaluation } from "../api/shapes";
import { Term } from "../help/term";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { themeColour } from "../shell/theme";

const bars = uPlot.paths.bars?.({ size: [0.9, 60], radius: 0.2 });

export function Residuals({ residuals }: { residuals: NonNullable<Evaluation["residuals"]> }) {
  const { histogram } = residuals;
  const data = useMemo(
    () => [histogram.map(({ from, to }) => (from + to) / 2), histogram.map(({ rows }) => rows)] as uPlot.AlignedData,
    [residuals],
  );
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: {
      x: { time: false, range: () => [histogram[0]?.from ?? 0, histogram.at(-1)?.to ?? 1] },
      y: { range: (_, __, max) => [0, max] },
    },
    axes: [createAxis("actual minus predicted"), createVerticalAxis("rows")],
    series: [{}, { fill: themeColour("blue-fill"), width: 0, ...(bars ? { paths: bars } : {}), points: { show: false } }],
  });
  return (
    <section class="card" aria-labelledby="residuals">
      <header>
        <h3 id="residuals">
          <Term>Residuals</Term>
        </h3>
        <span class="muted">
          mean {formatNumber(residuals.mean, 3)}, standard deviation {formatNumber(residuals.std, 3)}
        </span>
      </header>
      <Chart
        data={data}
        options={options}
        height={260}
        label={`90% of the residuals lie between ${formatNumber(residuals.quantiles["0.05"], 3)} and ${formatNumber(residuals.quantiles["0.95"], 3)}.`}
      />
    </section>
  );
}
