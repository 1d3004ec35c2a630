// Calibration: of the predictions with probability 80%, are 80% correct?
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Evaluation } from "../api/shapes";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatPercent } from "../shell/format";
import { themeColour } from "../shell/theme";

export function Calibration({ calibration }: { calibration: NonNullable<Evaluation["calibration"]> }) {
  const bins = calibration.bins.filter((bin) => bin.rows > 0 && bin.mean_confidence != null);
  const data = useMemo(() => {
    const confidences = bins.map((bin) => bin.mean_confidence as number);
    const x = [0, ...confidences, 1];
    return [x, [null, ...bins.map((bin) => bin.accuracy), null], x] as uPlot.AlignedData;
  }, [calibration]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [createAxis("predicted probability"), createVerticalAxis("share of rows that are correct")],
    series: [
      {},
      { stroke: themeColour("blue"), width: 2, points: { show: true, size: 8, fill: themeColour("card") } },
      { stroke: themeColour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
  });
  const description = bins.map((bin) => `${formatPercent(bin.mean_confidence ?? 0)} predicted, correct in ${formatPercent(bin.accuracy ?? 0)}`);
  return (
    <section class="card" aria-labelledby="calibration">
      <header>
        <h3 id="calibration">Calibration: do its probabilities hold?</h3>
        <span class="muted">expected calibration error {formatPercent(calibration.expected_calibration_error ?? 0, 1)}</span>
      </header>
      <Chart data={data} options={options} height={260} label={`${description.join("; ")}.`} />
      <p class="muted">On the dashed line the probabilities hold; below the line it is overconfident.</p>
    </section>
  );
}
