// Draws a net that was laid out: once for what stands still, and each frame for the blame that flows back.
import { colour } from "../shell/theme";
import type { Edge, Placed } from "./netlayout";

const FONT = "12px 'Inter Variable', system-ui, sans-serif";
const WAY_MS = 1_600;

export function paint(context: CanvasRenderingContext2D, placed: Placed): void {
  const [blue, amber, ink, soft, card, line] = ["blue-fill", "amber-fill", "ink", "soft", "card", "line"].map(colour) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  context.clearRect(0, 0, placed.width, placed.height);
  if (!placed.edges.length) faint(context, placed, line);
  for (const edge of placed.edges) {
    const strength = Math.abs(edge.weight);
    context.globalAlpha = 0.1 + 0.75 * strength ** 1.3;
    context.strokeStyle = edge.weight > 0 ? blue : amber;
    context.lineWidth = 0.4 + 2.8 * strength ** 1.5;
    context.stroke(curve(edge));
  }
  context.globalAlpha = 1;
  for (const { nodes } of placed.columns) {
    for (const node of nodes) {
      const dot = new Path2D();
      dot.arc(node.x, node.y, placed.radius, 0, 7);
      context.fillStyle = card;
      context.fill(dot);
      if (!node.dead && node.bias) {
        context.globalAlpha = 0.15 + 0.6 * Math.abs(node.bias);
        context.fillStyle = node.bias > 0 ? blue : amber;
        context.fill(dot);
        context.globalAlpha = 1;
      }
      context.setLineDash(node.dead ? [2, 2] : []);
      context.strokeStyle = node.dead ? soft : ink;
      context.lineWidth = 1.25;
      context.stroke(dot);
      context.setLineDash([]);
      if (node.dead) cross(context, node.x, node.y, placed.radius * 0.45);
    }
  }
  write(context, placed, ink, soft);
}

/** The blame on its way from the output back to the inputs, `now` milliseconds after the page was opened. */
export function flow(context: CanvasRenderingContext2D, placed: Placed, now: number): void {
  context.clearRect(0, 0, placed.width, placed.height);
  context.fillStyle = colour("green");
  for (const { from, to, strength, phase } of placed.pulses) {
    const way = 1 - ((now / WAY_MS + phase) % 1);
    const bend = way * way * (3 - 2 * way);
    context.globalAlpha = Math.sin(way * Math.PI) * (0.25 + 0.75 * strength);
    context.beginPath();
    context.arc(from.x + (to.x - from.x) * way, from.y + (to.y - from.y) * bend, 1 + 2 * strength, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
}

function curve({ from, to }: Pick<Edge, "from" | "to">): Path2D {
  const path = new Path2D();
  const middle = (from.x + to.x) / 2;
  path.moveTo(from.x, from.y);
  path.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
  return path;
}

/** Connections whose weights are not known. */
function faint(context: CanvasRenderingContext2D, { columns }: Placed, line: string): void {
  context.strokeStyle = line;
  context.lineWidth = 0.6;
  columns.slice(0, -1).forEach(({ nodes }, n) => {
    for (const from of nodes) for (const to of columns[n + 1]?.nodes ?? []) context.stroke(curve({ from, to }));
  });
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, arm: number): void {
  context.beginPath();
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  context.moveTo(x + arm, y - arm);
  context.lineTo(x - arm, y + arm);
  context.stroke();
}

function write(context: CanvasRenderingContext2D, { columns, labels, height }: Placed, ink: string, soft: string): void {
  context.font = FONT;
  context.textAlign = "center";
  for (const { x, title, below } of columns) {
    context.fillStyle = ink;
    context.fillText(title, x, 16);
    context.fillStyle = soft;
    context.fillText(below, x, height - 8);
  }
  context.fillStyle = ink;
  context.textBaseline = "middle";
  for (const { x, y, text, align, room } of labels) {
    context.textAlign = align;
    context.fillText(shortened(context, text, room), x, y);
  }
  context.textBaseline = "alphabetic";
}

function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let kept = text;
  while (kept.length > 1 && context.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept}…`;
}
