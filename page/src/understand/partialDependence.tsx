// Partial dependence: the mean prediction along one column, the others as they are in held-out rows.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { PartialDependence } from "../api/shapes";
import { createAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatNumber } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { themeColour } from "../shell/theme";

export function PartialDependenceView({ model, column }: { model: string; column: string }) {
  const { value, problem } = useFetch<PartialDependence>(
    `/v1/models/${encodeSegment(model)}/partial-dependence?${new URLSearchParams({ column })}`,
  );
  if (problem) return <ErrorNotice problem={problem} />;
  if (!value) return null;
  const isNumeric = value.points.every((point) => typeof point.value === "number");
  return (
    <section class="card" aria-labelledby="dependence">
      <header>
        <h3 id="dependence">How the prediction changes with {column}</h3>
        <span class="muted">
          partial dependence{value.label ? ` of the probability of ${value.label}` : ""}
          {isNumeric && "; band: 80% of rows"}
        </span>
      </header>
      {isNumeric ? <NumericDependence dependence={value} /> : <CategoricalDependence dependence={value} />}
    </section>
  );
}

function NumericDependence({ dependence }: { dependence: PartialDependence }) {
  const { points } = dependence;
  const data = useMemo(
    () =>
      [
        points.map((point) => point.value as number),
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
    scales: { x: { time: false } },
    axes: [createAxis(dependence.column), createAxis()],
    bands: [{ series: [1, 2], fill: themeColour("blue-wash") }],
    series: [
      {},
      { stroke: themeColour("line"), width: 1, points: { show: false } },
      { stroke: themeColour("line"), width: 1, points: { show: false } },
      { stroke: themeColour("blue"), width: 2.5, points: { show: false } },
    ],
  });
  const [first, last] = [points[0], points.at(-1)];
  const label = `On average ${formatNumber(first?.mean, 3)} at ${formatNumber(first?.value as number)}, and ${formatNumber(last?.mean, 3)} at ${formatNumber(last?.value as number)}.`;
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
