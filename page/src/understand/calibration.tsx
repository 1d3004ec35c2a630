// Calibration: of the predictions with probability 80%, are 80% correct?
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Evaluation } from "../api/shapes";
import { Term } from "../help/term";
import { createPercentAxis, createPercentAxisBelow } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatPercent, formatRows } from "../shell/format";
import { themeColour } from "../shell/theme";

/** Fewer rows than these say little about a share. */
const MIN_BIN_ROWS = 10;

type Bin = NonNullable<Evaluation["calibration"]>["bins"][number];

export function Calibration({ calibration }: { calibration: NonNullable<Evaluation["calibration"]> }) {
  const bins = calibration.bins.filter((bin) => bin.rows > 0 && bin.mean_confidence != null);
  const hasFew = bins.some((bin) => !hasEnoughRows(bin));
  const data = useMemo(() => {
    const x = [0, ...bins.map((bin) => bin.mean_confidence as number), 1];
    const accuracyOf = (isSure: (bin: Bin) => boolean) => [null, ...bins.map((bin) => (isSure(bin) ? bin.accuracy : null)), null];
    const few = hasFew ? [accuracyOf((bin) => !hasEnoughRows(bin))] : [];
    return [x, accuracyOf(hasEnoughRows), ...few, x] as uPlot.AlignedData;
  }, [calibration]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [18, 22, 0, 0],
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [createPercentAxisBelow("predicted probability"), createPercentAxis("share of rows that are correct")],
    series: [
      {},
      {
        label: hasFew ? `${MIN_BIN_ROWS} rows or more` : "the net",
        stroke: themeColour("blue"),
        width: 2,
        points: { show: true, size: 8, fill: themeColour("blue") },
      },
      ...(hasFew
        ? [
            {
              label: "fewer rows: chance decides",
              stroke: themeColour("blue"),
              paths: () => null,
              points: { show: true, size: 7, width: 1.5, fill: themeColour("card"), stroke: themeColour("blue") },
            },
          ]
        : []),
      { label: "perfect calibration", stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
    hooks: { drawSeries: [(plot, series) => series === 1 && drawIntervals(plot, bins)], draw: [(plot) => drawCounts(plot, bins)] },
  });
  const description = bins.map(
    (bin) => `${formatPercent(bin.mean_confidence ?? 0)} predicted, correct in ${formatPercent(bin.accuracy ?? 0)} of ${formatRows(bin.rows)}`,
  );
  return (
    <section class="card" aria-labelledby="calibration">
      <header>
        <h3 id="calibration">
          <Term>Calibration</Term>: do its probabilities hold?
        </h3>
        <span class="muted">
          <Term>expected calibration error</Term> {formatPercent(calibration.expected_calibration_error ?? 0, 1)}
        </span>
      </header>
      <Chart data={data} options={options} optionsKey={String(hasFew)} height={260} legend="labels" label={`${description.join("; ")}.`} />
      <p class="muted">
        On the dashed line the probabilities hold; below the line it is overconfident. Numbers: rows behind each point
        {bins.some(({ interval }) => interval) ? "; bars: 95% confidence intervals. Bins of few rows are merged." : "."}
      </p>
    </section>
  );
}

const hasEnoughRows = ({ rows }: Bin): boolean => rows >= MIN_BIN_ROWS;

function drawIntervals({ ctx, valToPos }: uPlot, bins: Bin[]): void {
  ctx.save();
  ctx.strokeStyle = themeColour("blue");
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const { mean_confidence: x, interval } of bins) {
    if (x === null || !interval) continue;
    ctx.beginPath();
    ctx.moveTo(valToPos(x, "x", true), valToPos(interval.low, "y", true));
    ctx.lineTo(valToPos(x, "x", true), valToPos(interval.high, "y", true));
    ctx.stroke();
  }
  ctx.restore();
}

function drawCounts({ ctx, valToPos }: uPlot, bins: Bin[]): void {
  ctx.save();
  ctx.fillStyle = themeColour("soft");
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  for (const { mean_confidence: x, accuracy: y, rows } of bins) {
    if (x === null || y === null) continue;
    const isHigh = y > 0.15;
    ctx.fillText(String(rows), valToPos(x, "x", true) + 14 * devicePixelRatio, valToPos(y, "y", true) + (isHigh ? 18 : -9) * devicePixelRatio);
  }
  ctx.restore();
}
