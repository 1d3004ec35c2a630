// A net that was laid out, on two canvases: what stands still, and what flows back above it.
import { useEffect, useRef, useState } from "preact/hooks";
import { moves, shade } from "../shell/theme";
import type { Placed } from "./netlayout";
import { flow, paint } from "./netpaint";

const FRAME_MS = 33;

export function Drawing({ placed, flowing, label }: { placed: Placed; flowing: boolean; label: string }) {
  const still = useRef<HTMLCanvasElement>(null);
  const moving = useRef<HTMLCanvasElement>(null);
  const theme = shade.value;

  useEffect(() => {
    const canvas = still.current;
    if (!canvas || !placed.width) return;
    const frame = requestAnimationFrame(() => paint(sized(canvas, placed), placed));
    return () => cancelAnimationFrame(frame);
  }, [placed, theme]);

  useEffect(() => {
    const canvas = moving.current;
    if (!canvas || !placed.width) return;
    const context = sized(canvas, placed);
    if (!flowing || !moves.value) return;
    let frame = 0;
    let before = 0;
    const draw = (now: number): void => {
      if (now - before >= FRAME_MS) {
        before = now;
        flow(context, placed, now);
      }
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [placed, flowing, theme, moves.value]);

  return (
    <div class="stack" role="img" aria-label={label} style={{ height: `${placed.height}px` }}>
      <canvas ref={still} />
      <canvas ref={moving} />
    </div>
  );
}

/** A canvas of the right size for this screen, cleared, measured in CSS pixels. */
function sized(canvas: HTMLCanvasElement, { width, height }: Placed): CanvasRenderingContext2D {
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(ratio, ratio);
  return context;
}

/** The width of an element, whenever it changes; 0 before it is known. */
export function useWidth(place: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const at = place.current;
    if (!at) return;
    const watching = new ResizeObserver(() => setWidth(at.clientWidth));
    watching.observe(at);
    setWidth(at.clientWidth);
    return () => watching.disconnect();
  }, []);
  return width;
}
