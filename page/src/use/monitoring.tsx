// Monitoring of a model: accuracy over time as far as it is known what came true, and the drift of each column.
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { encodeSegment } from "../api/client";
import type { Model, Monitoring } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { Term } from "../help/term";
import { createPercentAxis, createTimeAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatCount, formatMetric, formatRows, toWords } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { themeColour } from "../shell/theme";
import { Drift } from "./drift";

const DAY = 86_400;

export function MonitoringView({ model }: { model: Model }) {
  const { value, problem, refetch } = useFetch<Monitoring>(`/v1/models/${encodeSegment(model.id)}/monitoring`);
  if (problem) return <ErrorNotice problem={problem} retry={refetch} />;
  if (!value) return null;
  return (
    <section aria-labelledby="monitoring">
      <header class="heading">
        <h2 id="monitoring">
          <Term>Monitoring</Term>
        </h2>
        <span class="muted">
          {value.predictions
            ? `${formatCount(value.predictions)} recorded predictions, ${formatCount(value.outcomes)} of which it is known what came true`
            : "No prediction is recorded yet."}
        </span>
      </header>
      {value.predictions === 0 ? (
        <p class="muted">
          Ask for predictions with <code>?record=true</code>: each gets an id, by which <code>POST /v1/models/{model.name}/feedback</code> says what came true.
          Here you then see accuracy over time, and whether what the model gets still is like what it learned from.
        </p>
      ) : (
        <div class="charts">
          <Accuracy monitoring={value} />
          <Drift monitoring={value} />
        </div>
      )}
    </section>
  );
}

/** The first metric of each part of time, beside what the model had on held-out rows. */
function Accuracy({ monitoring }: { monitoring: Monitoring }) {
  const { accuracy, baseline } = monitoring;
  const name = Object.keys(baseline)[0] ?? "accuracy";
  const isShare = name === "accuracy";
  const expected = baseline[name] ?? null;
  const data = useMemo(() => {
    const times = accuracy.map(({ start }) => Date.parse(start) / 1000);
    return [times, accuracy.map(({ metrics }) => metrics[name] ?? null), accuracy.map(() => expected)] as uPlot.AlignedData;
  }, [monitoring]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: true, range: (_, min, max) => (max > min ? [min, max] : [min - DAY, min + DAY]) }, y: { range: isShare ? [0, 1.02] : (_, __, max) => [0, max * 1.1 || 1] } },
    axes: [createTimeAxis("predicted on"), isShare ? createPercentAxis("accuracy") : createVerticalAxis(toWords(name))],
    series: [
      {},
      { label: toWords(name), stroke: themeColour("blue"), width: 2, points: { show: true, size: 8, fill: themeColour("blue") } },
      { label: "on held-out rows", stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
  });
  const answers = accuracy.filter(({ outcomes }) => outcomes > 0);
  const described = answers.map(({ start, outcomes, metrics }) => `${start.slice(0, 16)}: ${formatMetric(name, metrics[name])} of ${formatRows(outcomes)}`);
  return (
    <section class="card" aria-labelledby="accuracy-over-time">
      <header>
        <h3 id="accuracy-over-time">
          <Term>{isShare ? "Accuracy" : toWords(name)}</Term> over time
        </h3>
        {expected !== null && <span class="muted">{formatMetric(name, expected)} on <Term>held-out rows</Term></span>}
      </header>
      {answers.length ? (
        <Chart data={data} options={options} height={240} legend="labels" label={`${described.join("; ")}.`} />
      ) : (
        <p class="muted">It is not known yet what came true: send it as <Term>feedback</Term>, by the ids of predictions.</p>
      )}
    </section>
  );
}
