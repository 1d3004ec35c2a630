// How the axes of all charts look.
import type uPlot from "uplot";
import { about, figure } from "./figures";
import { colour } from "./theme";

const FONT = "12px 'Inter Variable', system-ui, sans-serif";

/** An axis with a name or without; on a logarithmic one only the powers of ten are written. */
export function axis(label?: string, log = false): uPlot.Axis {
  const made: uPlot.Axis = {
    font: FONT,
    stroke: colour("soft"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
    size: label ? 34 : 58,
    values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))),
  };
  if (log) {
    const powers = (_: uPlot, ticks: number[]): (number | null)[] => ticks.map((tick) => (isPower(tick) ? tick : null));
    made.filter = powers;
    made.grid = { ...made.grid, filter: powers };
  }
  if (label === "epoch") made.incrs = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5].map((e) => n * 10 ** e)).sort((a, b) => a - b);
  return label ? { ...made, label, labelFont: FONT, labelSize: 20, labelGap: 0 } : made;
}

const short = (tick: number): string => (Math.abs(tick) >= 10_000 ? about(tick) : figure(tick, 3));

function isPower(tick: number): boolean {
  const power = Math.log10(tick);
  return Math.abs(power - Math.round(power)) < 1e-6;
}
