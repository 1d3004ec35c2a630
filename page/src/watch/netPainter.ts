// Paints a net: once the drawing, and each frame the gradients that flow back.
import { shorten } from "../shell/format";
import { forcedColours, themeColour } from "../shell/theme";
import { selectApart } from "./labelSpace";
import type { Edge, NetLayout, Node } from "./netLayout";

const LABEL_GAP = 4;
const FONT = "12px 'Inter Variable', system-ui, sans-serif";
const TRAVEL_MS = 1_600;

/** A neuron that is marked, and the strongest path through it. */
interface Mark {
  node: Node;
  path: Edge[];
}

export function paintNet(context: CanvasRenderingContext2D, layout: NetLayout, marked?: Mark): void {
  const [blue, amber, ink, soft, card, line] = ["blue-fill", "amber-fill", "ink", "soft", "card", "line"].map(themeColour) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  context.clearRect(0, 0, layout.width, layout.height);
  if (!layout.edges.length) paintUnweighted(context, layout, line);
  for (const { path, strength, isPositive } of groupEdges(layout.edges)) {
    context.globalAlpha = 0.1 + 0.75 * strength ** 1.3;
    context.strokeStyle = isPositive ? blue : amber;
    context.lineWidth = 0.4 + 2.8 * strength ** 1.5;
    if (forcedColours.value && !isPositive) context.setLineDash([4, 3]);
    context.stroke(path);
    context.setLineDash([]);
  }
  context.globalAlpha = 1;
  if (marked) paintMark(context, layout, marked, ink);
  for (const { nodes } of layout.columns) {
    for (const node of nodes) {
      const dot = new Path2D();
      dot.arc(node.x, node.y, layout.radius, 0, 7);
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
      if (node.dead) paintCross(context, node.x, node.y, layout.radius * 0.45);
    }
  }
  paintLabels(context, layout, ink, soft);
}

/** Paint the gradients on their way from output to inputs, at `now` in milliseconds. */
export function paintGradients(context: CanvasRenderingContext2D, layout: NetLayout, now: number): void {
  context.clearRect(0, 0, layout.width, layout.height);
  context.fillStyle = themeColour("green");
  for (const { from, to, strength, phase } of layout.pulses) {
    const position = 1 - ((now / TRAVEL_MS + phase) % 1);
    const eased = position * position * (3 - 2 * position);
    context.globalAlpha = Math.sin(position * Math.PI) * (0.25 + 0.75 * strength);
    context.beginPath();
    context.arc(from.x + (to.x - from.x) * position, from.y + (to.y - from.y) * eased, 1 + 2 * strength, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** How many strengths are told apart: one stroke for each is many times as fast as one for each connection. */
const STRENGTHS = 12;

/** The connections of about one strength as one path, the weakest first. */
function groupEdges(edges: Edge[]): { path: Path2D; strength: number; isPositive: boolean }[] {
  const groups = Array.from({ length: 2 * STRENGTHS }, (_, n) => ({
    path: new Path2D(),
    strength: (Math.floor(n / 2) + 0.5) / STRENGTHS,
    isPositive: n % 2 === 0,
    count: 0,
  }));
  for (const edge of edges) {
    const level = Math.min(Math.floor(Math.abs(edge.weight) * STRENGTHS), STRENGTHS - 1);
    const group = groups[2 * level + (edge.weight > 0 ? 0 : 1)];
    if (!group) continue;
    addEdge(group.path, edge);
    group.count += 1;
  }
  return groups.filter(({ count }) => count > 0);
}

function edgePath(edge: Pick<Edge, "from" | "to">): Path2D {
  const path = new Path2D();
  addEdge(path, edge);
  return path;
}

function addEdge(path: Path2D, { from, to }: Pick<Edge, "from" | "to">): void {
  const middle = (from.x + to.x) / 2;
  path.moveTo(from.x, from.y);
  path.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
}

/** Paint a ring around a neuron, and its connections over all others. */
function paintMark(context: CanvasRenderingContext2D, layout: NetLayout, { node: marked, path }: Mark, ink: string): void {
  context.strokeStyle = ink;
  context.lineWidth = 1.25;
  context.globalAlpha = 0.55;
  for (const edge of layout.edges) if (edge.from === marked || edge.to === marked) context.stroke(edgePath(edge));
  context.globalAlpha = 1;
  context.lineWidth = 2.5;
  for (const edge of path) context.stroke(edgePath(edge));
  context.beginPath();
  context.arc(marked.x, marked.y, layout.radius + 5, 0, 7);
  context.stroke();
}

/** Paint connections whose weights are not known. */
function paintUnweighted(context: CanvasRenderingContext2D, { columns }: NetLayout, line: string): void {
  context.strokeStyle = line;
  context.lineWidth = 0.6;
  columns.slice(0, -1).forEach(({ nodes }, n) => {
    for (const from of nodes) for (const to of columns[n + 1]?.nodes ?? []) context.stroke(edgePath({ from, to }));
  });
}

function paintCross(context: CanvasRenderingContext2D, x: number, y: number, arm: number): void {
  context.beginPath();
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  context.moveTo(x + arm, y - arm);
  context.lineTo(x - arm, y + arm);
  context.stroke();
}

function paintLabels(context: CanvasRenderingContext2D, { columns, labels, height }: NetLayout, ink: string, soft: string): void {
  context.font = FONT;
  context.textAlign = "center";
  const paintRow = (texts: string[], y: number): void => {
    const isDrawn = selectApart(
      columns.map(({ x }) => x),
      texts.map((text) => context.measureText(text).width),
      LABEL_GAP,
    );
    columns.forEach(({ x }, n) => isDrawn[n] && context.fillText(texts[n] as string, x, y));
  };
  context.fillStyle = ink;
  paintRow(
    columns.map(({ title }) => title),
    16,
  );
  context.fillStyle = soft;
  paintRow(
    columns.map(({ caption }) => caption),
    height - 8,
  );
  context.fillStyle = ink;
  context.textBaseline = "middle";
  for (const { x, y, text, align, maxWidth } of labels) {
    context.textAlign = align;
    context.fillText(fitText(context, text, maxWidth), x, y);
  }
  context.textBaseline = "alphabetic";
}

/** The text without its middle, as far as it fits: names of inputs often begin alike. */
function fitText(context: CanvasRenderingContext2D, text: string, maxWidth: number): string {
  if (context.measureText(text).width <= maxWidth) return text;
  let length = Math.min(Array.from(text).length - 1, 60);
  while (length > 2 && context.measureText(shorten(text, length)).width > maxWidth) length -= 1;
  return shorten(text, length);
}
