// ROC curve of each class against the others.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Evaluation } from "../api/shapes";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { themeColour, SERIES_COLOURS } from "../shell/theme";
import { alignRocCurves } from "./rocPoints";

export function RocCurve({ curves }: { curves: NonNullable<Evaluation["roc"]> }) {
  const shown = curves.slice(0, SERIES_COLOURS.length);
  const data = useMemo(() => {
    const [rates, ...series] = alignRocCurves(shown);
    return [rates, rates, ...series] as uPlot.AlignedData;
  }, [curves]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    cursor: { show: false },
    legend: { live: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [createAxis("false positive rate"), createVerticalAxis("true positive rate")],
    series: [
      {},
      { label: "chance", stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
      ...shown.map(({ label, auc }, n) => ({
        label: `${label}, AUC ${formatNumber(auc, 3)}`,
        stroke: themeColour(SERIES_COLOURS[n] as string),
        width: 2,
        spanGaps: true,
        points: { show: false },
      })),
    ],
  });
  return (
    <section class="card" aria-labelledby="roc">
      <header>
        <h3 id="roc">ROC curve</h3>
        <span class="muted">true positives against false positives, as the threshold falls</span>
      </header>
      <Chart
        data={data}
        options={options}
        height={230}
        label={`Area under the ROC curve: ${shown.map(({ label, auc }) => `${label} ${formatNumber(auc, 3)}`).join(", ")}.`}
      />
    </section>
  );
}
