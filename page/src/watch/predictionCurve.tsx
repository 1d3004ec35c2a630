// The prediction of a net along one column: a curve of the number, or of the probability of each class.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Column, Prediction, Row } from "../api/shapes";
import { createAxis, createPercentAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { chooseColours } from "../shell/classColours";
import { formatNumber, formatShare } from "../shell/format";
import { themeColour } from "../shell/theme";

interface Props {
  rows: Row[];
  /** The points of the curve, and the prediction for each. */
  points: Row[];
  predictions: Prediction[];
  x: Column;
  target: Column | undefined;
  name: string;
}

export function PredictionCurve({ rows, points, predictions, x, target, name }: Props) {
  const labels = useMemo(() => Object.keys(predictions[0]?.probabilities ?? {}), [predictions[0] === undefined]);
  const colours = useMemo(() => chooseColours(labels, target), [labels, target]);
  const shown = labels.length > 6 ? colours.legend.slice(0, -1).map(([label]) => label) : labels;
  const data = useMemo(() => {
    const actual = labels.length ? [] : rows.flatMap((row) => (row[x.name] == null || target == null ? [] : [[Number(row[x.name]), Number(row[target.name])] as const]));
    const at = points.map((row) => Number(row[x.name]));
    const order = [...at.map((value, n) => [value, n, -1] as const), ...actual.map(([value], n) => [value, -1, n] as const)].sort((a, b) => a[0] - b[0]);
    const curves = labels.length ? shown.map((label) => predictions.map(({ probabilities }) => probabilities?.[label] ?? null)) : [predictions.map(({ value }) => value ?? null)];
    const series = curves.map((values) => order.map(([, point]) => (point < 0 ? undefined : values[point])));
    return [order.map(([value]) => value), ...series, ...(labels.length ? [] : [order.map(([, , row]) => actual[row]?.[1] ?? null)])] as uPlot.AlignedData;
  }, [rows, points, predictions, x, target]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false }, ...(labels.length ? { y: { range: [0, 1] } } : {}) },
    axes: [createAxis(x.name), labels.length ? createPercentAxis("probability") : createVerticalAxis(name)],
    series: [
      { label: x.name },
      ...(labels.length ? shown : ["predicted"]).map((label) => ({
        label,
        stroke: themeColour(labels.length ? colours.of(label) : "amber"),
        width: 2.5,
        points: { show: false },
        value: (_: uPlot, value: number | null) => (labels.length ? formatShare(value) : formatNumber(value)),
      })),
      ...(labels.length
        ? []
        : [{ label: "actual", stroke: themeColour("blue"), paths: () => null, points: { show: true, size: 4, width: 1, fill: themeColour("blue-wash"), stroke: themeColour("blue") } }]),
    ],
  });
  return (
    <Chart
      data={data}
      options={options}
      height={300}
      legend="labels"
      optionsKey={`${x.name} ${shown.join()}`}
      label={`Prediction of ${name} along ${x.name}, from ${formatNumber(Number(points[0]?.[x.name]), 3)} to ${formatNumber(Number(points.at(-1)?.[x.name]), 3)}.`}
      file={{ name: `${name} along ${x.name}` }}
    />
  );
}
