// Whether it may be believed: where it is 80 % sure, is it right in 80 % of the cases?
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import type { Evaluation } from "../api/insight";
import { axis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { percent } from "../shell/figures";
import { colour } from "../shell/theme";

export function Calibration({ calibration }: { calibration: NonNullable<Evaluation["calibration"]> }) {
  const bins = calibration.bins.filter((bin) => bin.rows > 0 && bin.mean_confidence != null);
  const data = useMemo(() => {
    const sure = bins.map((bin) => bin.mean_confidence as number);
    const x = [0, ...sure, 1];
    return [x, [null, ...bins.map((bin) => bin.accuracy), null], x] as uPlot.AlignedData;
  }, [calibration]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
    axes: [axis("how sure it was"), axis()],
    series: [
      {},
      { stroke: colour("blue"), width: 2, points: { show: true, size: 8, fill: colour("card") } },
      { stroke: colour("soft"), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
  });
  const told = bins.map((bin) => `${percent(bin.mean_confidence ?? 0)} sure, right in ${percent(bin.accuracy ?? 0)}`);
  return (
    <section class="card" aria-labelledby="calibration">
      <header>
        <h3 id="calibration">Does it know how sure it may be?</h3>
        <span class="soft">off by {percent(calibration.expected_calibration_error ?? 0, 1)} on average</span>
      </header>
      <Chart data={data} options={options} height={260} label={`${told.join("; ")}.`} />
      <p class="soft">On the dashed line it is right as often as it is sure; below it promises too much.</p>
    </section>
  );
}
