// Partial dependence: the mean prediction along one column, the others as they are in held-out rows.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { PartialDependence } from "../api/shapes";
import { Term } from "../help/term";
import { createAxis, createPointsAxis, createTimeAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatMoments, formatNumber, formatRows, formatShare, parseMoment, shorten } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { themeColour } from "../shell/theme";

interface Props {
  model: string;
  column: string;
  /** The classes to choose from; null for a number. */
  classes: string[] | null;
}

export function PartialDependenceView({ model, column, classes }: Props) {
  const label = route.value.query.get("label");
  const query = new URLSearchParams({ column, ...(label !== null && classes?.includes(label) ? { label } : {}) });
  const { value, problem, refetch } = useFetch<PartialDependence>(`/v1/models/${encodeSegment(model)}/partial-dependence?${query}`);
  if (problem) return <ErrorNotice problem={problem} retry={refetch} />;
  if (!value) return null;
  const xs = value.points.map((point) => (typeof point.value === "number" ? point.value : parseMoment(point.value)));
  const isLine = xs.every((x) => x !== null);
  return (
    <section class="card" aria-labelledby="dependence">
      <header>
        <h3 id="dependence">How the prediction changes with {column}</h3>
        {classes && value.label !== null && (
          <label class="choices">
            <span class="muted">Probability of</span>
            <select value={value.label} onChange={(event) => setQuery({ label: event.currentTarget.value })}>
              {classes.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <span class="muted">
          <Term>partial dependence</Term> over {formatRows(value.rows)}
          {isLine && `: change from its mean${classes ? ", in percentage points (pp)" : ""}; band: 80% of the rows`}
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
  const level = points.reduce((sum, point) => sum + point.mean, 0) / points.length;
  const data = useMemo(
    () =>
      [
        xs,
        ...[points.map((point) => point.centred_high), points.map((point) => point.centred_low), points.map((point) => point.mean)].map(
          (values) => values.map((value) => value - level),
        ),
      ] as uPlot.AlignedData,
    [dependence],
  );
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: isTime } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    axes: [isTime ? createTimeAxis(shorten(dependence.column)) : createAxis(shorten(dependence.column)), dependence.label === null ? createVerticalAxis("change of the prediction") : createPointsAxis("change of the probability")],
    bands: [{ series: [1, 2], fill: themeColour("blue-wash") }],
    series: [
      {},
      { stroke: themeColour("line"), width: 1, points: { show: false } },
      { stroke: themeColour("line"), width: 1, points: { show: false } },
      { stroke: themeColour("blue"), width: 2.5, points: { show: false } },
    ],
  });
  const formatTime = formatMoments(xs);
  const formatX = (x: number | undefined): string => (isTime && x !== undefined ? formatTime(x) : formatNumber(x));
  const [first, last] = [points[0], points.at(-1)];
  const format = (mean: number | undefined): string => (dependence.label === null ? formatNumber(mean, 3) : formatShare(mean));
  const label = `On average ${format(first?.mean)} at ${formatX(xs[0])}, and ${format(last?.mean)} at ${formatX(xs.at(-1))}.`;
  return <Chart data={data} options={options} height={280} optionsKey={`${dependence.column} ${dependence.label}`} label={label} />;
}

function CategoricalDependence({ dependence }: { dependence: PartialDependence }) {
  const maxMean = Math.max(...dependence.points.map((point) => Math.abs(point.mean)), 1e-12);
  return (
    <ul class="importance">
      {dependence.points.map(({ value, mean }) => (
        <li key={String(value)}>
          <bdi class="clip" title={String(value ?? "missing")}>{String(value ?? "missing")}</bdi>
          <span class="track" aria-hidden="true">
            <span class="bar" style={{ width: `${(Math.abs(mean) / maxMean) * 100}%` }} />
          </span>
          <span class="number">{dependence.label === null ? formatNumber(mean, 3) : formatShare(mean)}</span>
        </li>
      ))}
    </ul>
  );
}
