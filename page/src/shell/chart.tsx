// uPlot as a component: resizes with its container, follows the theme, and takes new data at most once a frame.
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { themeVersion } from "./theme";

interface Props {
  data: uPlot.AlignedData;
  /** Read again when the theme or `optionsKey` changes. */
  options: () => Omit<uPlot.Options, "width" | "height">;
  height: number;
  /** What the chart shows, as its text alternative. */
  label: string;
  /** Changes whenever the options do. */
  optionsKey?: string;
}

export function Chart({ data, options, height, label, optionsKey: optionsKey = "" }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newestData = useRef(data);
  const frame = useRef(0);
  newestData.current = data;

  useEffect(() => {
    const element = container.current;
    if (!element) return;
    const stop = effect(() => {
      void themeVersion.value;
      plot.current?.destroy();
      plot.current = new uPlot({ ...options(), width: Math.max(element.clientWidth, 40), height }, newestData.current, element);
    });
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(element.clientWidth, 40), height }));
    observer.observe(element);
    return () => {
      stop();
      observer.disconnect();
      cancelAnimationFrame(frame.current);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [optionsKey, height]);

  useEffect(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const element = plot.current;
      if (!element) return;
      element.setData(newestData.current);
      if (element.cursor.idx == null) element.setLegend({ idx: newestData.current[0].length - 1 }, false);
    });
  }, [data]);

  return <div class="chart" ref={container} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}
