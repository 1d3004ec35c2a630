// Decision threshold of two classes: what each costs, with costs of both kinds of errors that one sets.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { Term } from "../help/term";
import { createAxis, createPercentAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatCount, formatNumber, formatShare } from "../shell/format";
import { NumberField } from "../shell/numberField";
import { route, setQuery } from "../shell/route";
import { themeColour } from "../shell/theme";
import { findCheapest, findNearest, measureThresholds, type Outcome, type ThresholdTable } from "./thresholdCosts";

interface Props {
  table: ThresholdTable;
  /** The other class. */
  other: string;
}

const HALF = 0.5;

export function Thresholds({ table, other }: Props) {
  const { query } = route.value;
  const costs = { falsePositive: readCost(query.get("fp")), falseNegative: readCost(query.get("fn")) };
  const outcomes = useMemo(() => measureThresholds(table, costs), [table, costs.falsePositive, costs.falseNegative]);
  const best = findCheapest(outcomes);
  const wanted = Number(query.get("threshold") ?? HALF);
  const at = findNearest(outcomes, Number.isFinite(wanted) ? wanted : HALF);
  const chosen = outcomes[at] as Outcome;
  const cheapest = outcomes[best] as Outcome;
  const moment = useSignal<number | null>(chosen.threshold);
  useEffect(() => {
    moment.value = chosen.threshold;
  }, [chosen.threshold]);
  const choose = (n: number): void => setQuery({ threshold: n === findNearest(outcomes, HALF) ? null : String((outcomes[n] as Outcome).threshold) });
  const data = useMemo(
    () =>
      [
        outcomes.map(({ threshold }) => threshold),
        outcomes.map(({ precision }) => precision),
        outcomes.map(({ recall }) => recall),
        outcomes.map(({ f1 }) => f1),
      ] as uPlot.AlignedData,
    [outcomes],
  );
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [createAxis("threshold"), createPercentAxis("share")],
    series: [
      { label: "threshold", value: (_, value) => formatNumber(value, 3) },
      ...([["precision", "blue"], ["recall", "amber"], ["F1", "green"]] as const).map(([label, colour]) => ({
        label,
        stroke: themeColour(colour),
        width: 2,
        spanGaps: true,
        points: { show: false },
        value: (_: uPlot, value: number | null) => formatShare(value),
      })),
    ],
  });
  return (
    <section class="card wide" aria-labelledby="threshold">
      <header>
        <h3 id="threshold">
          Decision <Term>threshold</Term>
        </h3>
        <span class="muted">
          predict “{table.label}” from this probability on; {formatCount(table.positives)} of {formatCount(table.positives + table.negatives)} rows are
        </span>
      </header>
      <div class="threshold">
        <div>
          <label class="slider">
            <span>
              Threshold <b>{formatNumber(chosen.threshold, 3)}</b>
            </span>
            <input
              type="range"
              min={0}
              max={outcomes.length - 1}
              value={at}
              aria-valuetext={`${formatNumber(chosen.threshold, 3)}: precision ${formatShare(chosen.precision)}, recall ${formatShare(chosen.recall)}`}
              onInput={(event) => choose(Number(event.currentTarget.value))}
            />
          </label>
          <dl class="outcome">
            <Value name="Precision">{formatShare(chosen.precision)}</Value>
            <Value name="Recall">{formatShare(chosen.recall)}</Value>
            <Value name="F1">{formatShare(chosen.f1)}</Value>
            <Value name="Accuracy">{formatShare(chosen.accuracy)}</Value>
            <Value name="False positives">{formatCount(chosen.falsePositives)}</Value>
            <Value name="False negatives">{formatCount(chosen.falseNegatives)}</Value>
            <Value name="Cost">{formatNumber(chosen.cost)}</Value>
          </dl>
          <div class="costs">
            <label for="cost-fp">
              A false “{table.label}” costs
              <NumberField id="cost-fp" value={costs.falsePositive} onChange={(value) => setQuery({ fp: writeCost(value) })} />
            </label>
            <label for="cost-fn">
              A false “{other}” costs
              <NumberField id="cost-fn" value={costs.falseNegative} onChange={(value) => setQuery({ fn: writeCost(value) })} />
            </label>
          </div>
          <p aria-live="polite">
            With these costs {formatNumber(cheapest.threshold, 3)} is best: {formatNumber(cheapest.cost)} on these rows, against{" "}
            {formatNumber((outcomes[findNearest(outcomes, HALF)] as Outcome).cost)} at 0.5.{" "}
            {at !== best && (
              <button class="small" onClick={() => choose(best)}>
                Use it here
              </button>
            )}
          </p>
        </div>
        <div>
          <Chart
            data={data}
            options={options}
            height={250}
            legend="values"
            moment={moment}
            onPick={(x) => choose(findNearest(outcomes, x))}
            file={{ name: `Thresholds of ${table.label}`, columns: () => listColumns(outcomes) }}
            label={`At the threshold ${formatNumber(chosen.threshold, 3)} precision is ${formatShare(chosen.precision)} and recall ${formatShare(chosen.recall)}.`}
          />
        </div>
      </div>
      <p class="muted">
        The best threshold was found on these very rows; with few of them it is uncertain. Predictions come with their probabilities, so that
        your program can decide by it.
      </p>
    </section>
  );
}

function Value({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>
        <Term>{name}</Term>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

const readCost = (text: string | null): number => {
  const cost = Number(text ?? 1);
  return Number.isFinite(cost) && cost >= 0 ? cost : 1;
};

const writeCost = (cost: number): string | null => (cost === 1 || !(cost >= 0) ? null : String(cost));

const listColumns = (outcomes: Outcome[]): [string, number[] | (number | null)[]][] => [
  ["threshold", outcomes.map(({ threshold }) => threshold)],
  ["true_positives", outcomes.map(({ truePositives }) => truePositives)],
  ["false_positives", outcomes.map(({ falsePositives }) => falsePositives)],
  ["precision", outcomes.map(({ precision }) => precision)],
  ["recall", outcomes.map(({ recall }) => recall)],
  ["f1", outcomes.map(({ f1 }) => f1)],
  ["cost", outcomes.map(({ cost }) => cost)],
];
