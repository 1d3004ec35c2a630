// ROC curve: of two classes the second, of more each class against the others.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Evaluation } from "../api/shapes";
import { Term } from "../help/term";
import { createPercentAxis, createPercentAxisBelow } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { themeColour, SERIES_COLOURS } from "../shell/theme";
import { alignRocCurves, selectRocCurves } from "./rocPoints";

interface Props {
  curves: NonNullable<Evaluation["roc"]>;
  /** The number of classes, of which the largest have a curve. */
  classes: number;
}

export function RocCurve({ curves, classes }: Props) {
  const shown = useMemo(() => selectRocCurves(curves, classes, SERIES_COLOURS.length), [curves, classes]);
  const data = useMemo(() => {
    const [rates, ...series] = alignRocCurves(shown);
    return [rates, rates, ...series] as uPlot.AlignedData;
  }, [shown]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [createPercentAxisBelow("false positive rate"), createPercentAxis("true positive rate")],
    series: [
      {},
      { label: "chance, AUC 0.5", stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
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
        <h3 id="roc">
          <Term>ROC curve</Term>
          {classes === 2 && shown[0] ? ` of ${shown[0].label}` : ""}
        </h3>
        <span class="muted">{classes > 2 ? describeShown(shown.length, classes) : "true positives against false positives, as the threshold falls"}</span>
      </header>
      <Chart
        data={data}
        options={options}
        height={230}
        legend="labels"
        label={`Area under the ROC curve: ${shown.map(({ label, auc }) => `${label} ${formatNumber(auc, 3)}`).join(", ")}.`}
      />
    </section>
  );
}

const describeShown = (shown: number, classes: number): string =>
  shown < classes
    ? `each class against all others: the ${shown} classes that are hardest to tell (lowest AUC) of ${classes}`
    : "each class against all others";
