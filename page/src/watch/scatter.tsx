// Predicted against actual values: on the dashed line the prediction is exact.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { Job, Prediction, Row, SplitRows } from "../api/shapes";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatCount, formatNumber, formatRows } from "../shell/format";
import { themeColour } from "../shell/theme";
import { nameTargets } from "../api/targets";

export interface Pair {
  expected: number;
  predicted: number;
  /** Whether the net was trained on the row. */
  isTraining?: boolean;
}

interface Props {
  job: Job;
  rows: Row[];
  predictions: Prediction[];
  /** The part of each row of a dataset by its number from 1; none where it is not known. */
  parts: SplitRows["data"] | undefined;
}

export function Scatter({ job, rows, predictions, parts }: Props) {
  const pairs = useMemo(() => {
    const training = new Set(parts?.filter(({ part }) => part === "train").map(({ row }) => row));
    const all = rows.map((row, n) => ({ expected: row[nameTargets(job.spec)], predicted: predictions[n]?.value, isTraining: training.has(n + 1) }));
    return all.filter((pair): pair is Pair & { isTraining: boolean } => typeof pair.expected === "number" && pair.predicted != null);
  }, [rows, predictions, parts]);
  const heldOut = pairs.filter(({ isTraining }) => !isTraining).length;
  return (
    <>
      <ScatterPlot pairs={pairs} hasParts={parts !== undefined} />
      <p class="muted">
        {parts
          ? `${formatCount(heldOut)} held-out rows, which tell how good it is, and ${formatCount(pairs.length - heldOut)} training rows, `
          : `${formatCount(pairs.length)} rows, training and held-out rows together, `}
        of the first {formatRows(predictions.length)}. Points on the dashed line are perfect.
      </p>
    </>
  );
}

export function ScatterPlot({ pairs, hasParts = false }: { pairs: Pair[]; hasParts?: boolean }) {
  const data = useMemo(() => {
    const sorted = pairs.toSorted((a, b) => a.expected - b.expected);
    const expected = sorted.map((pair) => pair.expected);
    const predictedOf = (isTraining: boolean) => sorted.map((pair) => ((pair.isTraining ?? false) === isTraining ? pair.predicted : null));
    return [expected, predictedOf(true), predictedOf(false), expected] as uPlot.AlignedData;
  }, [pairs]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false } },
    axes: [createAxis("actual"), createVerticalAxis("predicted")],
    series: [
      {},
      {
        label: "training rows",
        stroke: themeColour("soft"),
        paths: () => null,
        points: { show: true, size: 4, width: 1, fill: themeColour("card"), stroke: themeColour("soft") },
      },
      {
        label: hasParts ? "held-out rows" : "rows",
        stroke: themeColour("blue"),
        paths: () => null,
        points: { show: true, size: 6, width: 1, fill: themeColour("blue-wash"), stroke: themeColour("blue") },
      },
      { label: "perfect", stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
  });
  return <Chart data={data} options={options} height={300} optionsKey={String(hasParts)} label={describePairs(pairs, hasParts)} {...(hasParts ? { legend: "labels" as const } : {})} />;
}

function describePairs(pairs: Pair[], hasParts: boolean): string {
  if (!pairs.length) return "No rows to compare.";
  const describe = (some: Pair[], kind: string): string => {
    const meanError = some.reduce((sum, pair) => sum + Math.abs(pair.predicted - pair.expected), 0) / Math.max(some.length, 1);
    return `${some.length} ${kind}rows: mean absolute error ${formatNumber(meanError, 3)}`;
  };
  const parts = hasParts
    ? [describe(pairs.filter(({ isTraining }) => !isTraining), "held-out "), describe(pairs.filter(({ isTraining }) => isTraining), "training ")]
    : [describe(pairs, "")];
  return `Predicted against actual for ${parts.join("; ")}.`;
}
