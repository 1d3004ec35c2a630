// Axes of all charts.
import type uPlot from "uplot";
import { formatCompact, formatNumber } from "./format";
import { themeColour } from "./theme";

const DAY = 86_400;
const FONT = "12px 'Inter Variable', system-ui, sans-serif";

/** An axis, with a label or without; a logarithmic one labels powers of ten only. */
export function createAxis(label?: string, log = false): uPlot.Axis {
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: themeColour("soft"),
    grid: { stroke: themeColour("line"), width: 1 },
    ticks: { show: false },
    size: label ? 34 : 58,
    values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : formatTick(tick))),
  };
  if (log) {
    const keepPowers = (_: uPlot, ticks: number[]): (number | null)[] => ticks.map((tick) => (isPowerOfTen(tick) ? tick : null));
    axis.filter = keepPowers;
    axis.grid = { ...axis.grid, filter: keepPowers };
  }
  if (label === "epoch") axis.incrs = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5].map((e) => n * 10 ** e)).sort((a, b) => a - b);
  return label ? { ...axis, label, labelFont: FONT, labelSize: 20, labelGap: 0 } : axis;
}

/** An axis of moments in seconds since 1970, labelled in UTC with the year, month, day or time that its steps need. */
export function createTimeAxis(label: string): uPlot.Axis {
  const format = (tick: number, step: number): string => {
    const text = new Date(tick * 1000).toISOString();
    if (step < DAY) return text.slice(11, 16);
    return text.slice(0, step >= 365 * DAY ? 4 : step >= 28 * DAY ? 7 : 10);
  };
  const values: uPlot.Axis.DynamicValues = (_, ticks, __, ___, step) => ticks.map((tick) => format(tick, step));
  return { ...createAxis(label), space: 64, values };
}

/** The axis at the left, with a label. */
export const createVerticalAxis = (label: string, log = false): uPlot.Axis => ({ ...createAxis(label, log), size: 58 });

/** The axis at the left, of shares as percentages. */
export const createPercentAxis = (label: string): uPlot.Axis => ({ ...createVerticalAxis(label), values: formatShares });

/** The axis below, of shares as percentages. */
export const createPercentAxisBelow = (label: string): uPlot.Axis => ({ ...createAxis(label), values: formatShares });

/** The axis at the left, of changes of a share in percentage points. */
export const createPointsAxis = (label: string): uPlot.Axis => ({
  ...createVerticalAxis(label),
  size: 66,
  values: (_, ticks) => ticks.map((tick) => `${tick > 0 ? "+" : ""}${Number((tick * 100).toPrecision(6))} pp`),
});

const formatShares: uPlot.Axis.DynamicValues = (_, ticks) => ticks.map((tick) => `${Number((tick * 100).toPrecision(6))}%`);

const formatTick = (tick: number): string => (Math.abs(tick) >= 10_000 ? formatCompact(tick) : formatNumber(tick, 3));

function isPowerOfTen(tick: number): boolean {
  const exponent = Math.log10(tick);
  return Math.abs(exponent - Math.round(exponent)) < 1e-6;
}
