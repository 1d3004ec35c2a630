// Partial dependence: the mean prediction along one column, the others as they are in held-out rows.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { PartialDependence } from "../api/shapes";
import { createAxis, createTimeAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatDay, formatNumber, parseMoment } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { themeColour } from "../shell/theme";

export function PartialDependenceView({ model, column }: { model: string; column: string }) {
  const { value, problem } = useFetch<PartialDependence>(
    `/v1/models/${encodeSegment(model)}/partial-dependence?${new URLSearchParams({ column })}`,
  );
  if (problem) return <ErrorNotice problem={problem} />;
  if (!value) return null;
  const xs = value.points.map((point) => (typeof point.value === "number" ? point.value : parseMoment(point.value)));
  const isLine = xs.every((x) => x !== null);
  return (
    <section class="card" aria-labelledby="dependence">
      <header>
        <h3 id="dependence">How the prediction changes with {column}</h3>
        <span class="muted">
          partial dependence{value.label ? ` of the probability of ${value.label}` : ""}
          {isLine && "; band: 80% of rows"}
        </span>
      </header>
      {isLine ? <LineDependence dependence={value} xs={xs} /> : <CategoricalDependence dependence={value} />}
    </section>
  );
}

/** The line along a column of numbers or dates, with the band of the rows. */
function LineDependence({ dependence, xs }: { dependence: PartialDependence; xs: number[] }) {
  const { points } = dependence;
  const isTime = typeof points[0]?.value === "string";
  const data = useMemo(
    () =>
      [
        xs,
        points.map((point) => point.high),
        points.map((point) => point.low),
        points.map((point) => point.mean),
      ] as uPlot.AlignedData,
    [dependence],
  );
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: isTime } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    axes: [isTime ? createTimeAxis(dependence.column) : createAxis(dependence.column), createVerticalAxis("mean prediction")],
    bands: [{ series: [1, 2], fill: themeColour("blue-wash") }],
    series: [
      {},
      { stroke: themeColour("line"), width: 1, points: { show: false } },
      { stroke: themeColour("line"), width: 1, points: { show: false } },
      { stroke: themeColour("blue"), width: 2.5, points: { show: false } },
    ],
  });
  const formatX = (x: number | undefined): string => (isTime && x !== undefined ? formatDay(x) : formatNumber(x));
  const [first, last] = [points[0], points.at(-1)];
  const label = `On average ${formatNumber(first?.mean, 3)} at ${formatX(xs[0])}, and ${formatNumber(last?.mean, 3)} at ${formatX(xs.at(-1))}.`;
  return <Chart data={data} options={options} height={280} optionsKey={dependence.column} label={label} />;
}

function CategoricalDependence({ dependence }: { dependence: PartialDependence }) {
  const maxMean = Math.max(...dependence.points.map((point) => Math.abs(point.mean)), 1e-12);
  return (
    <ul class="importance">
      {dependence.points.map(({ value, mean }) => (
        <li key={String(value)}>
          <span>{String(value ?? "missing")}</span>
          <span class="track" aria-hidden="true">
            <span class="bar" style={{ width: `${(Math.abs(mean) / maxMean) * 100}%` }} />
          </span>
          <span class="number">{formatNumber(mean, 3)}</span>
        </li>
      ))}
    </ul>
  );
}
