// Sizes of canvases, of the screen and of what they lie in.
import { useEffect, useState } from "preact/hooks";

/** Size a canvas for this screen and clear it; its context measures in CSS pixels. */
export function sizeCanvas(canvas: HTMLCanvasElement, { width, height }: { width: number; height: number }): CanvasRenderingContext2D {
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
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(current); // it tells the first width, too, when the layout is done anyway
    return () => observer.disconnect();
  }, []);
  return width;
}
