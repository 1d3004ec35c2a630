// Connections of a neuron in a drawing: the strongest to it and from it, and the strongest path through it.
import { formatNumber } from "../shell/format";
import type { Edge, NetLayout, Node } from "./netLayout";

/** The connections to a node, and from it, the strongest first. */
export function listConnections({ edges }: Pick<NetLayout, "edges">, node: Node): { incoming: Edge[]; outgoing: Edge[] } {
  const strongest = (side: "from" | "to"): Edge[] =>
    edges.filter((edge) => edge[side] === node).toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return { incoming: strongest("to"), outgoing: strongest("from") };
}

/** The path from an input to an output that follows the strongest connection at each neuron, through this one. */
export function findPath(layout: Pick<NetLayout, "edges">, node: Node): Edge[] {
  const path: Edge[] = [];
  for (let at: Node | undefined = node; at; ) {
    const edge: Edge | undefined = listConnections(layout, at).incoming[0];
    if (edge) path.unshift(edge);
    at = edge?.from;
  }
  for (let at: Node | undefined = node; at; ) {
    const edge: Edge | undefined = listConnections(layout, at).outgoing[0];
    if (edge) path.push(edge);
    at = edge?.to;
  }
  return path;
}

/** The strongest connections of a node as text; empty where the weights are not known. */
export function describeNode(layout: NetLayout, node: Node): string {
  const { incoming, outgoing } = listConnections(layout, node);
  const describe = (edge: Edge | undefined, side: "from" | "to"): string | undefined =>
    edge && `strongest connection ${side} ${edge[side].name} (${formatNumber(edge.value, 3)})`;
  return [node.dead ? "dead or inactive" : undefined, describe(incoming[0], "from"), describe(outgoing[0], "to")].filter(Boolean).join("; ");
}
