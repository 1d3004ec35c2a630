// uPlot in a component: it keeps its size, follows the theme, and takes new data at most once a frame.
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { shade } from "./theme";

interface Props {
  data: uPlot.AlignedData;
  /** Made anew when the theme changes or `kind` does. */
  options: () => Omit<uPlot.Options, "width" | "height">;
  height: number;
  /** What the picture says, for those who do not see it. */
  label: string;
  /** Names everything in the options that may change. */
  kind?: string;
}

export function Chart({ data, options, height, label, kind = "" }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newest = useRef(data);
  const frame = useRef(0);
  newest.current = data;

  useEffect(() => {
    const at = place.current;
    if (!at) return;
    const stop = effect(() => {
      void shade.value;
      plot.current?.destroy();
      plot.current = new uPlot({ ...options(), width: Math.max(at.clientWidth, 40), height }, newest.current, at);
    });
    const watching = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(at.clientWidth, 40), height }));
    watching.observe(at);
    return () => {
      stop();
      watching.disconnect();
      cancelAnimationFrame(frame.current);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [kind, height]);

  useEffect(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const at = plot.current;
      if (!at) return;
      at.setData(newest.current);
      if (at.cursor.idx == null) at.setLegend({ idx: newest.current[0].length - 1 }, false);
    });
  }, [data]);

  return <div class="chart" ref={place} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}
