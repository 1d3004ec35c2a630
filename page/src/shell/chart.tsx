// uPlot as a component: resizes with its container, follows the theme, and takes new data at most once a frame.
// The values at the cursor, or the latest, stand in the legend below, and beside the cursor; arrow keys move it.
import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { type ChartFile, ChartFileButtons } from "./chartFile";
import { ChartLegend, type LegendEntry } from "./chartLegend";
import { describeMarks, includeMarks, type Mark } from "./chartMarks";
import { ChartTip, readCursor, type ChartCursor } from "./chartTip";
import { paintMarks, paintSpans } from "./markPainter";
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
  /** Lines and spans that are named in the chart. */
  marks?: Mark[];
  /** With buttons that save the chart as a picture or a table. */
  file?: ChartFile;
  /** Where a moment is marked that others show, too, such as the epoch of a replay: its x, or null. */
  moment?: ReadonlySignal<number | null>;
  /** Called with an x that is clicked, or where Enter is pressed. */
  onPick?: (x: number) => void;
}

const NO_MARKS: Mark[] = [];
const MIN_WIDTH = 40;

export function Chart({ data, options, height, label, optionsKey = "", legend, marks = NO_MARKS, file, moment, onPick }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newestData = useRef(data);
  const frame = useRef(0);
  const [entries, setEntries] = useState<LegendEntry[]>([]);
  const [cursor, setCursor] = useState<ChartCursor | null>(null);
  const [isZoomed, setIsZoomed] = useState(false);
  const isInteractive = legend === "values";
  const index = cursor?.index ?? null;
  const marksKey = JSON.stringify(marks);
  const newest = useRef({ marks, moment, onPick });
  newest.current = { marks, moment, onPick };

  // With the effects and not before, for a frame between the two would give a plot the data of other series
  useEffect(() => {
    newestData.current = data;
  }, [data]);

  useEffect(() => {
    const element = container.current;
    if (!element) return;
    let width = 0;
    let stop = (): void => undefined;
    const draw = (): void => {
      void themeVersion.value;
      const chosen = completeOptions(options(), {
        isInteractive,
        marks: () => newest.current.marks,
        moment: () => newest.current.moment?.peek(),
        onCursor: setCursor,
        onZoom: setIsZoomed,
        onPick: (x) => newest.current.onPick?.(x),
      });
      plot.current?.destroy();
      plot.current = new uPlot({ ...chosen, width, height }, newestData.current, element);
      setEntries(chosen.series.map(toEntry));
      setIsZoomed(false);
    };
    const resize = (to: number): void => {
      width = Math.max(Math.floor(to), MIN_WIDTH);
      if (plot.current) plot.current.setSize({ width, height });
      else stop = effect(draw);
    };
    // its first call draws the chart: a width that is read before would make the browser lay out the page for each chart
    const observer = new ResizeObserver(([entry]) => entry && resize(entry.contentRect.width));
    observer.observe(element);
    const onPrint = (): void => resize(element.clientWidth);
    const print = matchMedia("print");
    print.addEventListener("change", onPrint);
    return () => {
      stop();
      observer.disconnect();
      print.removeEventListener("change", onPrint);
      cancelAnimationFrame(frame.current);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [optionsKey, height, data.length]);

  useEffect(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const current = plot.current;
      if (!current) return;
      const wasZoomed = isInteractive && isZoomedIn(current);
      current.setData(newestData.current, !wasZoomed);
      if (wasZoomed) current.redraw();
    });
  }, [data, marksKey]);

  useEffect(() => {
    if (!moment) return;
    return effect(() => {
      const at = moment.value;
      if (plot.current) placeMoment(plot.current, at);
    });
  }, [moment]);

  const moveCursor = (event: KeyboardEvent): void => {
    const current = plot.current;
    const last = newestData.current[0].length - 1;
    const shown = index === null ? undefined : newestData.current[0][index];
    if (event.key === "Enter" && onPick && shown !== undefined) onPick(shown);
    const to = { ArrowLeft: (index ?? last + 1) - 1, ArrowRight: (index ?? last) + 1, Home: 0, End: last }[event.key];
    if (!current || to === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = Math.min(Math.max(to, 0), last);
    const left = current.valToPos(newestData.current[0][at] ?? 0, "x");
    current.setCursor({ left, top: current.over.clientHeight / 2 });
  };

  return (
    <>
      <div class={`chart-area ${onPick ? "selectable" : ""}`}>
        <div
          class="chart"
          ref={container}
          role="img"
          aria-label={label + describeMarks(marks)}
          tabIndex={isInteractive ? 0 : undefined}
          onKeyDown={isInteractive ? moveCursor : undefined}
          onBlur={isInteractive ? () => plot.current?.setCursor({ left: -10, top: -10 }) : undefined}
          style={{ minHeight: `${height}px` }}
        />
        {cursor && <ChartTip entries={entries} data={data} cursor={cursor} />}
      </div>
      {(legend ?? file) && (
        <ChartLegend entries={legend ? entries : []} data={data} index={isInteractive ? index : null} isInteractive={isInteractive}>
          <span class="chart-tools">
            {isZoomed ? (
              <button class="small" onClick={() => plot.current && resetZoom(plot.current)}>
                Reset zoom
              </button>
            ) : (
              isInteractive && <span class="hint">drag to zoom, double-click to reset</span>
            )}
            {file && <ChartFileButtons file={file} plot={() => plot.current} entries={entries} />}
          </span>
        </ChartLegend>
      )}
    </>
  );
}

type FormatValue = (plot: undefined, value: number | null) => string | number;

interface Behaviour {
  isInteractive: boolean;
  marks: () => Mark[];
  moment: () => number | null | undefined;
  onCursor: (cursor: ChartCursor | null) => void;
  onZoom: (isZoomed: boolean) => void;
  onPick: (x: number) => void;
}

/** The options with our own legend instead of uPlot's, marks, and a cursor only where the chart is interactive. */
function completeOptions(options: Options, { isInteractive, marks, moment, onCursor, onZoom, onPick }: Behaviour): Options {
  const own = options.hooks ?? {};
  const place = (plot: uPlot): void => placeMoment(plot, moment());
  const hooks: uPlot.Hooks.Arrays = {
    ...own,
    ready: [...(own.ready ?? []), place, (plot) => listenForPicks(plot, onPick)],
    setSize: [...(own.setSize ?? []), place],
    setScale: [place, ...(isInteractive ? [(plot: uPlot) => onZoom(isZoomedIn(plot))] : [])],
    drawAxes: [...(own.drawAxes ?? []), (plot) => paintSpans(plot, marks())],
    draw: [...(own.draw ?? []), (plot) => paintMarks(plot, marks())],
    ...(isInteractive ? { setCursor: [(plot: uPlot) => onCursor(readCursor(plot))] } : {}),
  };
  const { y } = options.scales ?? {};
  const isLog = y?.distr === 3;
  const range: uPlot.Range.Function = (_, min, max) => {
    if (min == null || max == null) return [min, max];
    const [low, high] = includeMarks(min, max, marks(), isLog);
    return isLog ? uPlot.rangeLog(low, high, 10, false) : uPlot.rangeNum(low, high, 0.1, true);
  };
  const cursor: uPlot.Cursor = isInteractive ? { points: { size: 8 }, ...options.cursor } : { show: false };
  return { ...options, scales: { ...options.scales, y: { range, ...y } }, legend: { show: false }, cursor, hooks };
}

/** Show the line of a moment, or none where it is not in sight. */
function placeMoment({ over, scales, valToPos }: uPlot, moment: number | null | undefined): void {
  const line = over.querySelector<HTMLElement>(".moment") ?? over.appendChild(Object.assign(document.createElement("div"), { className: "moment" }));
  const { min, max } = scales.x ?? {};
  line.hidden = moment == null || min == null || max == null || moment < min || moment > max;
  if (!line.hidden) line.style.transform = `translateX(${valToPos(moment as number, "x")}px)`;
}

/** A click that drags nothing picks the nearest x. */
function listenForPicks(plot: uPlot, onPick: (x: number) => void): void {
  let start = 0;
  plot.over.addEventListener("pointerdown", ({ clientX }) => (start = clientX));
  plot.over.addEventListener("click", ({ clientX }) => {
    const x = plot.cursor.idx == null ? undefined : plot.data[0][plot.cursor.idx];
    if (x !== undefined && Math.abs(clientX - start) < 4) onPick(x);
  });
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
