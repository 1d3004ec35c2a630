// How the answer changes along one column, all else as it is in the rows held back.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { PartialDependence } from "../api/insight";
import { axis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { figure } from "../shell/figures";
import { Trouble } from "../shell/notice";
import { colour } from "../shell/theme";

export function Dependence({ model, column }: { model: string; column: string }) {
  const { value, problem } = useAnswer<PartialDependence>(
    `/v1/models/${part(model)}/partial-dependence?${new URLSearchParams({ column })}`,
  );
  if (problem) return <Trouble problem={problem} />;
  if (!value) return null;
  const numbers = value.points.every((point) => typeof point.value === "number");
  return (
    <section class="card" aria-labelledby="dependence">
      <header>
        <h3 id="dependence">Along {column}</h3>
        <span class="soft">
          {value.label ? `how likely ${value.label} is` : "what it says"}, and the middle 80 % of the rows
        </span>
      </header>
      {numbers ? <Band answer={value} /> : <Steps answer={value} />}
    </section>
  );
}

function Band({ answer }: { answer: PartialDependence }) {
  const { points } = answer;
  const data = useMemo(
    () =>
      [
        points.map((point) => point.value as number),
        points.map((point) => point.high),
        points.map((point) => point.low),
        points.map((point) => point.mean),
      ] as uPlot.AlignedData,
    [answer],
  );
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [axis(answer.column), axis()],
    bands: [{ series: [1, 2], fill: colour("blue-wash") }],
    series: [
      {},
      { stroke: colour("line"), width: 1, points: { show: false } },
      { stroke: colour("line"), width: 1, points: { show: false } },
      { stroke: colour("blue"), width: 2.5, points: { show: false } },
    ],
  });
  const [first, last] = [points[0], points.at(-1)];
  const label = `On average ${figure(first?.mean, 3)} at ${figure(first?.value as number)}, and ${figure(last?.mean, 3)} at ${figure(last?.value as number)}.`;
  return <Chart data={data} options={options} height={280} kind={answer.column} label={label} />;
}

function Steps({ answer }: { answer: PartialDependence }) {
  const most = Math.max(...answer.points.map((point) => Math.abs(point.mean)), 1e-12);
  return (
    <ul class="importance">
      {answer.points.map(({ value, mean }) => (
        <li key={String(value)}>
          <span>{String(value ?? "not known")}</span>
          <span class="track" aria-hidden="true">
            <span class="bar" style={{ width: `${(Math.abs(mean) / most) * 100}%` }} />
          </span>
          <span class="number">{figure(mean, 3)}</span>
        </li>
      ))}
    </ul>
  );
}
