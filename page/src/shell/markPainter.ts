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
  const moments = marks.filter(({ axis, at, until }) => axis === "x" && (until ?? at) >= (scales.x?.min ?? Infinity) && at <= (scales.x?.max ?? -Infinity));
  const levels = scales.y?.min == null ? [] : marks.filter(({ axis }) => axis === "y");
  const inColour = (mark: Mark, paint: () => void): void => {
    ctx.strokeStyle = ctx.fillStyle = themeColour(mark.colour);
    paint();
  };
  // every line first, so that none crosses a name
  for (const mark of [...moments, ...levels]) inColour(mark, () => strokeMark(plot, mark));
  moments.forEach((mark, line) => inColour(mark, () => nameMoment(plot, mark, line)));
  const names: Place[] = [];
  for (const mark of levels) inColour(mark, () => nameLevel(plot, mark, levels, names));
  ctx.restore();
}

function strokeMark(plot: uPlot, { axis, at, until }: Mark): void {
  const { ctx, bbox, valToPos } = plot;
  if (until !== undefined || (axis === "y" && findSide(plot, at) !== "inside")) return;
  const place = valToPos(at, axis, true);
  ctx.beginPath();
  ctx.moveTo(axis === "x" ? place : bbox.left, axis === "x" ? bbox.top : place);
  ctx.lineTo(axis === "x" ? place : bbox.left + bbox.width, axis === "x" ? bbox.top + bbox.height : place);
  ctx.stroke();
}

/** Whether a value of y is within the chart, or on which side beyond it. */
function findSide({ scales }: uPlot, at: number): "inside" | "above" | "below" {
  if (at > (scales.y?.max ?? Infinity)) return "above";
  return at < (scales.y?.min ?? -Infinity) ? "below" : "inside";
}

function nameMoment({ ctx, bbox, valToPos }: uPlot, { at, until, label }: Mark, line: number): void {
  const x = valToPos(until === undefined ? at : (at + until) / 2, "x", true);
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

function nameLevel(plot: uPlot, { at, label }: Mark, levels: Mark[], names: Place[]): void {
  const { ctx, bbox, valToPos } = plot;
  const side = findSide(plot, at);
  const y = side === "inside" ? valToPos(at, "y", true) : side === "above" ? bbox.top : bbox.top + bbox.height;
  const [above, below] = [y - 5 * devicePixelRatio, y + (FONT_PX + 2) * devicePixelRatio];
  const isCrossed = levels.some((other) => {
    const otherY = valToPos(other.at, "y", true);
    return other.at !== at && otherY < y && otherY > above - FONT_PX * devicePixelRatio;
  });
  const isBelow = y < bbox.top + 2 * LINE_PX * devicePixelRatio || (isCrossed && below < bbox.top + bbox.height);
  ctx.textAlign = "right";
  const text = side === "inside" ? label : `${side === "above" ? "↑" : "↓"} ${label}`;
  const textY = isBelow ? below : above;
  const beside = names.filter((other) => Math.abs(other.y - textY) < LINE_PX * devicePixelRatio);
  const right = Math.min(bbox.left + bbox.width, ...beside.map(({ left }) => left - 12 * devicePixelRatio)) - 4 * devicePixelRatio;
  names.push({ y: textY, left: right - ctx.measureText(text).width });
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
