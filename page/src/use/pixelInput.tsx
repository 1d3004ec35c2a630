// Picture whose pixels are inputs of a model: it is drawn on with the mouse, a pen or a finger.
import { useEffect, useRef } from "preact/hooks";
import type { Row } from "../api/shapes";
import { drawPixels } from "../shell/pixelPicture";
import { brightnessOf, toCells, type Pixels } from "../shell/pixels";

/** The radius of the pen, as a share of the side, and how soft its edge is in pixels. */
const PEN_SHARE = 0.045;
const MIN_RADIUS = 0.5;
const EDGE = 0.8;

interface Props {
  pixels: Pixels;
  row: Row;
  onChange: (cells: Row) => void;
}

export function PixelInput({ pixels, row, onChange }: Props) {
  const { side } = pixels;
  const canvas = useRef<HTMLCanvasElement>(null);
  const brightness = brightnessOf(pixels, row);
  const latest = useRef(brightness); // of what was drawn since, too
  latest.current = brightness;
  const last = useRef<{ x: number; y: number } | null>(null);
  useEffect(() => {
    if (canvas.current) drawPixels(canvas.current, brightness, side);
  });
  const draw = (event: PointerEvent): void => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return;
    const point = { x: ((event.clientX - box.left) / box.width) * side, y: ((event.clientY - box.top) / box.height) * side };
    const from = last.current ?? point;
    last.current = point;
    latest.current = latest.current.map((value, place) => Math.max(value, inkAt(place, side, from, point)));
    onChange(toCells(pixels, latest.current));
  };
  return (
    <div class="field pixel-input">
      <canvas
        ref={canvas}
        class="pixel-picture"
        width={side}
        height={side}
        role="img"
        aria-label={`Picture of ${side} by ${side} pixels; draw on it with the mouse`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = null;
          draw(event);
        }}
        onPointerMove={(event) => {
          if (event.buttons & 1) draw(event);
        }}
      />
      <p class="muted">Draw here: clear it, then write with the mouse or a finger.</p>
      <button type="button" class="small" onClick={() => onChange(toCells(pixels, brightness.map(() => 0)))}>
        Clear
      </button>
    </div>
  );
}

/** How much of a pixel a stroke from one point to another covers, from 0 to 1. */
function inkAt(place: number, side: number, from: { x: number; y: number }, to: { x: number; y: number }): number {
  const [x, y] = [(place % side) + 0.5, Math.floor(place / side) + 0.5];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(Math.max(((x - from.x) * dx + (y - from.y) * dy) / length, 0), 1) : 0;
  const distance = Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
  return Math.min(Math.max((Math.max(side * PEN_SHARE, MIN_RADIUS) + EDGE - distance) / EDGE, 0), 1);
}
