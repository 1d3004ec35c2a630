// The attention head in the address, of a traced net that writes.
import type { TokenTrace, TracedTokenLayer } from "../api/shapes";
import { route } from "../shell/route";

interface Head {
  /** All attention layers. */
  layers: TracedTokenLayer[];
  /** The place of the chosen one among them, and of the head in it. */
  layer: number;
  head: number;
  /** How much the head looks at each token. */
  shares: (number | null)[];
}

export function chooseHead(trace: TokenTrace): Head {
  const { query } = route.value;
  const layers = trace.layers.filter(({ attention }) => attention);
  const layer = clampTo(Number(query.get("attention")), layers.length);
  const heads = layers[layer]?.attention ?? [];
  const head = clampTo(Number(query.get("head")), heads.length);
  return { layers, layer, head, shares: heads[head] ?? [] };
}

const clampTo = (number: number, count: number): number => Math.min(Math.max(Math.floor(number) || 0, 0), Math.max(count - 1, 0));
