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
  for (const mark of marks) {
    ctx.strokeStyle = ctx.fillStyle = themeColour(mark.colour);
    if (mark.axis === "y") paintLevel(plot, mark);
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
  ctx.fillText(label, x + (isRight ? -6 : 6) * devicePixelRatio, bbox.top + (FONT_PX + line * LINE_PX) * devicePixelRatio);
}

function paintLevel({ ctx, bbox, scales, valToPos }: uPlot, { at, label }: Mark): void {
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
  ctx.fillText(text, bbox.left + bbox.width - 4 * devicePixelRatio, y + (isNearTop ? FONT_PX + 2 : -5) * devicePixelRatio);
}
