// Legend of a chart: its series, with their values at the cursor, or else the latest of each.
import type { ComponentChildren } from "preact";
import type uPlot from "uplot";

export interface LegendEntry {
  label: string;
  /** None for the x of the chart. */
  colour: string | undefined;
  shape: "solid" | "dashed" | "point";
  format: (value: number | null) => string;
}

interface Props {
  entries: LegendEntry[];
  data: uPlot.AlignedData;
  index: number | null;
  isInteractive: boolean;
  children: ComponentChildren;
}

export function ChartLegend({ entries, data, index, isInteractive, children }: Props) {
  return (
    <p class="legend chart-legend muted">
      <span class="values" aria-live={isInteractive && index !== null ? "polite" : "off"}>
        {entries.map(({ label, colour, shape, format }, n) =>
          label === "" ? null : (
            <span key={label} class="entry">
              {colour && <i class={`mark ${shape}`} style={{ borderColor: colour }} aria-hidden="true" />}
              {label}
              {isInteractive && <b class="number"> {format(valueAt(data[n], index))}</b>}
            </span>
          ),
        )}
      </span>
      {children}
    </p>
  );
}

/** The value at an index; without one the last there is, since series may end at different places. */
function valueAt(values: ArrayLike<number | null | undefined> | undefined, index: number | null): number | null {
  if (!values) return null;
  if (index !== null) return values[index] ?? null;
  for (let at = values.length - 1; at >= 0; at -= 1) if (values[at] != null) return values[at] ?? null;
  return null;
}
