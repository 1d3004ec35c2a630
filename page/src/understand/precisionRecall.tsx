// Precision-recall curve: how many of the rows predicted as a class are of it, as more and more of it are found.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Evaluation } from "../api/shapes";
import { Term } from "../help/term";
import { createPercentAxis, createPercentAxisBelow } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber, formatPercent } from "../shell/format";
import { themeColour, SERIES_COLOURS } from "../shell/theme";
import { ClassPicker, readClass } from "./classPicker";
import { alignPrecision, selectPrecisionCurves } from "./rocPoints";

interface Props {
  curves: NonNullable<Evaluation["precision_recall"]>;
  classes: NonNullable<Evaluation["classes"]>;
  rows: number;
}

export function PrecisionRecall({ curves, classes, rows }: Props) {
  const drawable = useMemo(() => curves.filter(({ average_precision: average }) => average !== null), [curves]);
  const chosen = classes.length > 2 ? readClass(drawable.map(({ label }) => label)) : null;
  const shown = useMemo(
    () => (chosen === null ? selectPrecisionCurves(curves, classes.length, SERIES_COLOURS.length) : drawable.filter(({ label }) => label === chosen)),
    [curves, classes, chosen],
  );
  const [only] = shown.length === 1 ? shown : [];
  const share = only && rows > 0 ? (classes.find(({ label }) => label === only.label)?.support ?? 0) / rows : null;
  const data = useMemo(() => {
    const [recalls, ...series] = alignPrecision(shown);
    return [recalls, recalls.map(() => share), ...series] as uPlot.AlignedData;
  }, [shown, share]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [createPercentAxisBelow("recall"), createPercentAxis("precision")],
    series: [
      {},
      {
        label: share === null ? "" : `chance, ${formatPercent(share)}`,
        show: share !== null,
        stroke: themeColour("soft"),
        width: 1.5,
        dash: [5, 4],
        points: { show: false },
      },
      ...shown.map(({ label, average_precision: average }, n) => ({
        label: `${label}, average precision ${formatNumber(average, 3)}`,
        stroke: themeColour(SERIES_COLOURS[n] as string),
        width: 2,
        spanGaps: true,
        points: { show: false },
      })),
    ],
  });
  if (shown.length === 0) return null;
  return (
    <section class="card" aria-labelledby="precision-recall">
      <header>
        <h3 id="precision-recall">
          <Term>Precision-recall curve</Term>
          {only ? ` of ${only.label}` : ""}
        </h3>
        {drawable.length > 2 && <ClassPicker labels={drawable.map(({ label }) => label)} name="precision-recall curve" />}
        {!only && <span class="muted">each class against all others, those of lowest average precision</span>}
      </header>
      <Chart
        data={data}
        options={options}
        optionsKey={shown.map(({ label }) => label).join()}
        height={230}
        legend="labels"
        label={`Average precision: ${shown.map(({ label, average_precision: average }) => `${label} ${formatNumber(average, 3)}`).join(", ")}.`}
      />
      {only?.interval && (
        <p class="muted">
          <Term>Average precision</Term> {formatNumber(only.average_precision, 3)}, 95% <Term>confidence interval</Term>{" "}
          {formatNumber(only.interval.low, 3)} to {formatNumber(only.interval.high, 3)}
        </p>
      )}
    </section>
  );
}
