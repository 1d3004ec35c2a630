// ROC curve: of two classes the second, of more each class against the others, one that is picked, and their average.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Evaluation } from "../api/shapes";
import { Term } from "../help/term";
import { createPercentAxis, createPercentAxisBelow } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { themeColour, SERIES_COLOURS } from "../shell/theme";
import { ClassPicker, readClass } from "./classPicker";
import { alignRocCurves, selectRocCurves } from "./rocPoints";

interface Props {
  curves: NonNullable<Evaluation["roc"]>;
  average: Evaluation["roc_average"];
  /** The number of classes, of which the largest have a curve. */
  classes: number;
}

export function RocCurve({ curves, average, classes }: Props) {
  const drawable = useMemo(() => curves.filter(({ auc }) => auc !== null), [curves]);
  const chosen = classes > 2 ? readClass(drawable.map(({ label }) => label)) : null;
  const shown = useMemo(
    () => (chosen === null ? selectRocCurves(curves, classes, SERIES_COLOURS.length) : drawable.filter(({ label }) => label === chosen)),
    [curves, classes, chosen],
  );
  const data = useMemo(() => {
    const [rates, ...series] = alignRocCurves([...shown, ...(average ? [average] : [])]);
    return [rates, rates, ...series] as uPlot.AlignedData;
  }, [shown, average]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [createPercentAxisBelow("false positive rate"), createPercentAxis("true positive rate")],
    series: [
      {},
      { label: "chance, AUC 0.5", stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
      ...shown.map(({ label, auc }, n) => createSeries(`${label}, AUC ${formatNumber(auc, 3)}`, SERIES_COLOURS[n] as string)),
      ...(average ? [{ ...createSeries(`average of ${average.classes} classes, AUC ${formatNumber(average.auc, 3)}`, "ink"), dash: [2, 3] }] : []),
    ],
  });
  const [only] = shown;
  return (
    <section class="card" aria-labelledby="roc">
      <header>
        <h3 id="roc">
          <Term>ROC curve</Term>
          {shown.length === 1 && only ? ` of ${only.label}` : ""}
        </h3>
        {drawable.length > 2 && <ClassPicker labels={drawable.map(({ label }) => label)} name="ROC curve" />}
        <span class="muted">{classes > 2 && chosen === null ? describeShown(shown.length, classes) : "true positives against false positives, as the threshold falls"}</span>
      </header>
      <Chart
        data={data}
        options={options}
        optionsKey={`${shown.map(({ label }) => label).join()} ${average ? 1 : 0}`}
        height={230}
        legend="labels"
        label={`Area under the ROC curve: ${shown.map(({ label, auc }) => `${label} ${formatNumber(auc, 3)}`).join(", ")}.`}
      />
      {shown.length === 1 && only?.interval && (
        <p class="muted">
          AUC {formatNumber(only.auc, 3)}, 95% <Term>confidence interval</Term> {formatNumber(only.interval.low, 3)} to{" "}
          {formatNumber(only.interval.high, 3)}
        </p>
      )}
    </section>
  );
}

const createSeries = (label: string, colour: string): uPlot.Series => ({
  label,
  stroke: themeColour(colour),
  width: 2,
  spanGaps: true,
  points: { show: false },
});

const describeShown = (shown: number, classes: number): string =>
  shown < classes
    ? `each class against all others: the ${shown} classes that are hardest to tell (lowest AUC) of ${classes}`
    : "each class against all others";
