// The values of a chart beside its cursor. The legend says the same to screen readers.
import type uPlot from "uplot";
import type { LegendEntry } from "./chartLegend";

/** Where the cursor of a chart is, in pixels from its upper left corner, and the index of its values. */
export interface ChartCursor {
  index: number;
  left: number;
  top: number;
  isRight: boolean;
}

/** The cursor of a plot; null while there is none. */
export function readCursor({ cursor, over }: uPlot): ChartCursor | null {
  const { idx, left, top } = cursor;
  if (idx == null || left == null || top == null || left < 0) return null;
  return { index: idx, left: over.offsetLeft + left, top: over.offsetTop + Math.max(top, 0), isRight: left > over.clientWidth / 2 };
}

interface Props {
  entries: LegendEntry[];
  data: uPlot.AlignedData;
  cursor: ChartCursor;
}

export function ChartTip({ entries, data, cursor: { index, left, top, isRight } }: Props) {
  const place = { left: `${left}px`, top: `${top}px`, transform: `translate(${isRight ? "calc(-100% - 14px)" : "14px"}, -50%)` };
  return (
    <div class="chart-tip" aria-hidden="true" style={place}>
      {entries.map(({ label, colour, shape, format }, n) => {
        const value = data[n]?.[index];
        return label === "" || value == null ? null : (
          <span key={label}>
            {colour && <i class={`mark ${shape}`} style={{ borderColor: colour }} />}
            {label} <b class="number">{format(value)}</b>
          </span>
        );
      })}
    </div>
  );
}
