// Layout of a net's drawing: positions of neurons, and the connections strong enough to be drawn.
import type { NetWeights } from "../api/shapes";

/** Null where a number is not finite. */
type Values = (number | null)[];

const MAX_NARROW_WIDTH = 520;
const MIN_SHARE = 0.06;
const MAX_EDGES = 1_300;
const MAX_PULSES = 150;

export interface Node {
  x: number;
  y: number;
  /** From -1 to 1, by the strongest of its layer. */
  bias: number;
  dead: boolean;
  /** An input, a neuron and its layer, or an output, in full. */
  name: string;
  /** The number of the layer, 0 for the inputs, and the unit from 0. */
  layer: number;
  unit: number;
}

export interface Edge {
  from: Node;
  to: Node;
  /** From -1 to 1, by the strongest of its layer. */
  weight: number;
  /** The weight itself. */
  value: number;
}

export interface Pulse {
  from: Node;
  to: Node;
  /** From 0 to 1, by the strongest of its layer. */
  strength: number;
  /** Its start between the two neurons, from 0 to 1. */
  phase: number;
}

export interface Column {
  x: number;
  nodes: Node[];
  title: string;
  caption: string;
}

export interface NetLayout {
  width: number;
  height: number;
  radius: number;
  columns: Column[];
  edges: Edge[];
  pulses: Pulse[];
  /** Names beside the first and the last column. */
  labels: { x: number; y: number; text: string; align: CanvasTextAlign; maxWidth: number }[];
}

export function layoutNet(net: NetWeights, width: number): NetLayout {
  const narrow = width < MAX_NARROW_WIDTH;
  const height = narrow ? 320 : 460;
  const maxCount = Math.max(net.inputs.length, ...net.layers.map((layer) => layer.shown.length), 1);
  const [top, bottom] = [34, 30];
  const innerHeight = height - top - bottom;
  const radius = Math.min(9, Math.max(2.5, (innerHeight / maxCount) * 0.34));
  const left = narrow ? 92 : 110;
  const right = narrow ? 56 : 86;
  const step = (width - left - right) / Math.max(net.layers.length, 1);

  const column = (n: number, layer: number, units: number[], names: string[], biases: Values, dead: boolean[] | null): Node[] => {
    const size = units.length;
    const strongest = Math.max(...biases.map((bias) => Math.abs(bias ?? 0)), 1e-9);
    const gap = rowGap(size, innerHeight);
    const first = top + (innerHeight - (size - 1) * gap) / 2;
    return units.map((unit, at) => ({
      layer,
      unit,
      name: names[at] ?? `neuron ${unit + 1} of layer ${layer}`,
      x: left + n * step,
      y: first + at * gap,
      bias: (biases[at] ?? 0) / strongest,
      dead: dead?.[at] ?? false,
    }));
  };
  const inputUnits = net.inputs.map(({ index }) => index);
  const inputNames = net.inputs.map(({ name }) => name);
  const output = net.layers.at(-1);
  const isNamed = output !== undefined && output.units === net.outputs.length;
  // for two classes there is one neuron, the probability of the second
  const outputNames = isNamed ? output.shown.map((unit) => net.outputs[unit] ?? "") : net.outputs.slice(-(output?.shown.length ?? 1));
  const columns: Column[] = [
    { x: left, nodes: column(0, 0, inputUnits, inputNames, [], null), title: "inputs", caption: "" },
    ...net.layers.map((layer, n) => ({
      x: left + (n + 1) * step,
      nodes: column(n + 1, layer.layer, layer.shown, n === net.layers.length - 1 ? outputNames : [], layer.biases, layer.dead),
      title: n === net.layers.length - 1 ? "output" : layer.activation,
      caption: layer.shown.length < layer.units ? `${layer.shown.length}${narrow ? "/" : " of "}${layer.units}` : String(layer.units),
    })),
  ];
  const between = columns.slice(0, -1).map((from, n) => [from.nodes, columns[n + 1]?.nodes ?? []] as const);
  const inputs = columns[0]?.nodes ?? [];
  const outputs = columns.at(-1)?.nodes ?? [];
  return {
    width,
    height,
    radius,
    columns,
    edges: between.flatMap(([from, to], n) => layoutEdges(from, to, net.layers[n]?.weights ?? [], MAX_EDGES / between.length)),
    pulses: between.flatMap(([from, to], n) => layoutPulses(from, to, net.layers[n]?.gradients ?? [], MAX_PULSES / between.length)),
    labels: [
      ...inputs.map(({ x, y, name }) => createLabel(x - radius - 7, y, name, "right", left - radius - 12)),
      ...outputs.map(({ x, y, name }) => createLabel(x + radius + 7, y, name, "left", right - radius - 12)),
    ],
  };
}

const rowGap = (size: number, innerHeight: number): number => Math.min(innerHeight / Math.max(size, 1), 30);

const createLabel = (x: number, y: number, text: string, align: CanvasTextAlign, maxWidth: number) => ({
  x,
  y,
  text,
  align,
  maxWidth,
});

/** The node at a place of the drawing, or at its label. */
export function findNode({ columns, radius }: NetLayout, x: number, y: number): Node | undefined {
  const last = columns.length - 1;
  for (const [n, { nodes }] of columns.entries()) {
    const gap = Math.abs((nodes[1]?.y ?? Infinity) - (nodes[0]?.y ?? 0));
    const reach = Math.max(Math.min(gap / 2, 12), radius + 1);
    const found = nodes.find((node) => {
      const isBeside = (n === 0 && x < node.x) || (n === last && x > node.x);
      return Math.abs(node.y - y) <= reach && (isBeside || Math.abs(node.x - x) <= 12);
    });
    if (found) return found;
  }
  return undefined;
}

/** The strongest connections between two columns, the weakest of them first so that the strongest lie on top. */
function layoutEdges(from: Node[], to: Node[], weights: Values[], maxCount: number): Edge[] {
  return strongestEdges(from, to, weights, maxCount).map(({ from, to, share, value }) => ({ from, to, weight: share, value }));
}

function layoutPulses(from: Node[], to: Node[], gradients: Values[], maxCount: number): Pulse[] {
  return strongestEdges(from, to, gradients, maxCount).map(({ from, to, share }, n) => ({
    from,
    to,
    strength: Math.abs(share),
    phase: (n * 0.618) % 1,
  }));
}

function strongestEdges(from: Node[], to: Node[], values: Values[], maxCount: number) {
  let strongest = 1e-12;
  for (const row of values) for (const value of row) strongest = Math.max(strongest, Math.abs(value ?? 0));
  return values
    .flatMap((row, i) =>
      row.map((value, j) => ({ from: from[i] as Node, to: to[j] as Node, share: (value ?? 0) / strongest, value: value ?? 0 })),
    )
    .filter(({ from, to, share }) => from && to && Math.abs(share) >= MIN_SHARE)
    .sort((a, b) => Math.abs(a.share) - Math.abs(b.share))
    .slice(-Math.ceil(maxCount));
}
