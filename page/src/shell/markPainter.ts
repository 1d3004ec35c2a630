// Paints the marks of a chart: spans beneath its curves, lines and names over them.
import type uPlot from "uplot";
import type { Mark } from "./chartMarks";
import { themeColour } from "./theme";

const FONT_PX = 12;
const LINE_PX = 15;

/** Paint the spans, beneath the curves. */
export function paintSpans({ ctx, bbox, scales, valToPos }: uPlot, marks: Mark[]): void {
  for (const { axis, at, until, colour } of marks) {
    if (axis !== "x" || until === undefined) continue;
    const [from, to] = [Math.max(at, scales.x?.min ?? at), Math.min(until, scales.x?.max ?? until)].map((x) => valToPos(x, "x", true)) as [number, number];
    if (to <= from) continue;
    ctx.save();
    ctx.globalAlpha = 0.1;
    ctx.fillStyle = themeColour(colour);
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.restore();
  }
}

/** Paint the lines and the names, over the curves. */
export function paintMarks(plot: uPlot, marks: Mark[]): void {
  const { ctx, scales } = plot;
  ctx.save();
  ctx.font = `${FONT_PX * devicePixelRatio}px 'Inter Variable', system-ui, sans-serif`;
  ctx.lineWidth = 1.25 * devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  let line = 0;
  const levels: Place[] = [];
  for (const mark of marks) {
    ctx.strokeStyle = ctx.fillStyle = themeColour(mark.colour);
    if (mark.axis === "y") paintLevel(plot, mark, levels);
    else if ((mark.until ?? mark.at) >= (scales.x?.min ?? Infinity) && mark.at <= (scales.x?.max ?? -Infinity)) paintMoment(plot, mark, line++);
  }
  ctx.restore();
}

function paintMoment({ ctx, bbox, valToPos }: uPlot, { at, until, label }: Mark, line: number): void {
  const x = valToPos(until === undefined ? at : (at + until) / 2, "x", true);
  if (until === undefined) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  const isRight = x > bbox.left + bbox.width / 2;
  ctx.textAlign = isRight ? "right" : "left";
  const top = bbox.top + bbox.height * 0.25;
  writeText(ctx, label, x + (isRight ? -6 : 6) * devicePixelRatio, top + line * LINE_PX * devicePixelRatio);
}

/** Where the name of a level stands, and where it begins. */
interface Place {
  y: number;
  left: number;
}

function paintLevel({ ctx, bbox, scales, valToPos }: uPlot, { at, label }: Mark, levels: Place[]): void {
  const { min, max } = scales.y ?? {};
  if (min == null || max == null) return;
  const isAbove = at > max;
  const isInside = !isAbove && at >= min;
  const y = isInside ? valToPos(at, "y", true) : isAbove ? bbox.top : bbox.top + bbox.height;
  if (isInside) {
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  const isNearTop = y < bbox.top + 2 * LINE_PX * devicePixelRatio;
  ctx.textAlign = "right";
  const text = isInside ? label : `${isAbove ? "↑" : "↓"} ${label}`;
  const textY = y + (isNearTop ? FONT_PX + 2 : -5) * devicePixelRatio;
  const beside = levels.filter((other) => Math.abs(other.y - textY) < LINE_PX * devicePixelRatio);
  const right = Math.min(bbox.left + bbox.width, ...beside.map(({ left }) => left - 12 * devicePixelRatio)) - 4 * devicePixelRatio;
  levels.push({ y: textY, left: right - ctx.measureText(text).width });
  writeText(ctx, text, right, textY);
}

/** Write on a ground of its own, since curves may pass beneath. */
function writeText(ctx: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineJoin = "round";
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.globalAlpha = 0.8;
  ctx.strokeStyle = themeColour("card");
  ctx.strokeText(text, x, y);
  ctx.restore();
  ctx.fillText(text, x, y);
}
