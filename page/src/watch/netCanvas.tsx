// Two canvases for a net: the drawing, and above it the gradients that flow back.
import { useEffect, useRef, useState } from "preact/hooks";
import { motionAllowed, themeVersion } from "../shell/theme";
import type { NetLayout } from "./netLayout";
import { paintGradients, paintNet } from "./netPainter";

const FRAME_MS = 33;

export function NetCanvas({ layout, isFlowing, label }: { layout: NetLayout; isFlowing: boolean; label: string }) {
  const netCanvas = useRef<HTMLCanvasElement>(null);
  const gradientCanvas = useRef<HTMLCanvasElement>(null);
  const version = themeVersion.value;

  useEffect(() => {
    const canvas = netCanvas.current;
    if (!canvas || !layout.width) return;
    const frame = requestAnimationFrame(() => paintNet(sizeCanvas(canvas, layout), layout));
    return () => cancelAnimationFrame(frame);
  }, [layout, version]);

  useEffect(() => {
    const canvas = gradientCanvas.current;
    if (!canvas || !layout.width) return;
    const context = sizeCanvas(canvas, layout);
    if (!isFlowing || !motionAllowed.value) return;
    let frame = 0;
    let last = 0;
    const draw = (now: number): void => {
      if (now - last >= FRAME_MS) {
        last = now;
        paintGradients(context, layout, now);
      }
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [layout, isFlowing, version, motionAllowed.value]);

  return (
    <div class="stack" role="img" aria-label={label} style={{ height: `${layout.height}px` }}>
      <canvas ref={netCanvas} />
      <canvas ref={gradientCanvas} />
    </div>
  );
}

/** Size a canvas for this screen and clear it; its context measures in CSS pixels. */
function sizeCanvas(canvas: HTMLCanvasElement, { width, height }: NetLayout): CanvasRenderingContext2D {
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(ratio, ratio);
  return context;
}

/** The width of an element, whenever it changes; 0 before it is known. */
export function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const current = element.current;
    if (!current) return;
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    setWidth(current.clientWidth);
    return () => observer.disconnect();
  }, []);
  return width;
}
