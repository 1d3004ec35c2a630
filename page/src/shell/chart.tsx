// uPlot as a component: resizes with its container, follows the theme, and takes new data at most once a frame.
// The legend stands below the chart, with the values at the cursor, or the latest; arrow keys move the cursor.
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { ChartLegend, type LegendEntry } from "./chartLegend";
import { themeVersion } from "./theme";

type Options = Omit<uPlot.Options, "width" | "height">;

interface Props {
  data: uPlot.AlignedData;
  /** Read again when the theme or `optionsKey` changes. */
  options: () => Options;
  height: number;
  /** What the chart shows, as its text alternative. */
  label: string;
  /** Changes whenever the options do. */
  optionsKey?: string;
  /** `values`: with the values at the cursor, which makes the chart interactive; `labels`: names only. */
  legend?: "values" | "labels";
}

export function Chart({ data, options, height, label, optionsKey = "", legend }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newestData = useRef(data);
  const frame = useRef(0);
  const [entries, setEntries] = useState<LegendEntry[]>([]);
  const [index, setIndex] = useState<number | null>(null);
  const [isZoomed, setIsZoomed] = useState(false);
  const isInteractive = legend === "values";
  newestData.current = data;

  useEffect(() => {
    const element = container.current;
    if (!element) return;
    const stop = effect(() => {
      void themeVersion.value;
      const chosen = completeOptions(options(), isInteractive, setIndex, setIsZoomed);
      plot.current?.destroy();
      plot.current = new uPlot({ ...chosen, width: measure(element), height }, newestData.current, element);
      setEntries(chosen.series.map(toEntry));
      setIsZoomed(false);
    });
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: measure(element), height }));
    observer.observe(element);
    const onPrint = (): void => plot.current?.setSize({ width: measure(element), height });
    matchMedia("print").addEventListener("change", onPrint);
    return () => {
      stop();
      observer.disconnect();
      matchMedia("print").removeEventListener("change", onPrint);
      cancelAnimationFrame(frame.current);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [optionsKey, height]);

  useEffect(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const current = plot.current;
      if (!current) return;
      const wasZoomed = isInteractive && isZoomedIn(current);
      current.setData(newestData.current, !wasZoomed);
      if (wasZoomed) current.redraw();
    });
  }, [data]);

  const moveCursor = (event: KeyboardEvent): void => {
    const current = plot.current;
    const last = newestData.current[0].length - 1;
    const to = { ArrowLeft: (index ?? last + 1) - 1, ArrowRight: (index ?? last) + 1, Home: 0, End: last }[event.key];
    if (!current || to === undefined || last < 0) return;
    event.preventDefault();
    const at = Math.min(Math.max(to, 0), last);
    const left = current.valToPos(newestData.current[0][at] ?? 0, "x");
    current.setCursor({ left, top: current.over.clientHeight / 2 });
    setIndex(at);
  };

  return (
    <>
      <div
        class="chart"
        ref={container}
        role="img"
        aria-label={label}
        tabIndex={isInteractive ? 0 : undefined}
        onKeyDown={isInteractive ? moveCursor : undefined}
        onBlur={isInteractive ? () => plot.current?.setCursor({ left: -10, top: -10 }) : undefined}
        style={{ minHeight: `${height}px` }}
      />
      {legend && (
        <ChartLegend entries={entries} data={data} index={isInteractive ? index : null} isInteractive={isInteractive}>
          {isZoomed ? (
            <button class="small" onClick={() => plot.current && resetZoom(plot.current)}>
              Reset zoom
            </button>
          ) : (
            isInteractive && <span class="hint">drag to zoom, double-click to reset</span>
          )}
        </ChartLegend>
      )}
    </>
  );
}

type FormatValue = (plot: undefined, value: number | null) => string | number;

const measure = (element: HTMLElement): number => Math.max(element.clientWidth, 40);

/** The options with our own legend instead of uPlot's, and a cursor only where the chart is interactive. */
function completeOptions(
  options: Options,
  isInteractive: boolean,
  onIndex: (index: number | null) => void,
  onZoom: (isZoomed: boolean) => void,
): Options {
  const hooks: uPlot.Hooks.Arrays = {
    ...options.hooks,
    ...(isInteractive
      ? { setCursor: [(plot: uPlot) => onIndex(plot.cursor.idx ?? null)], setScale: [(plot: uPlot) => onZoom(isZoomedIn(plot))] }
      : {}),
  };
  const cursor: uPlot.Cursor = isInteractive ? { points: { size: 8 }, ...options.cursor } : { show: false };
  return { ...options, legend: { show: false }, cursor, hooks };
}

function toEntry({ label, stroke, dash, paths, value }: uPlot.Series): LegendEntry {
  return {
    label: typeof label === "string" ? label : "",
    colour: typeof stroke === "string" ? stroke : undefined,
    shape: paths ? "point" : dash ? "dashed" : "solid",
    format: typeof value === "function" ? (raw) => String((value as unknown as FormatValue)(undefined, raw)) : String,
  };
}

function isZoomedIn({ data: [xs], scales: { x } }: uPlot): boolean {
  const [first, last] = [xs[0], xs.at(-1)];
  if (first === undefined || last === undefined || x?.min == null || x.max == null) return false;
  return x.min > first || x.max < last;
}

function resetZoom(plot: uPlot): void {
  plot.setData(plot.data, true);
}
