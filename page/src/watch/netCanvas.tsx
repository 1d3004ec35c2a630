// Two canvases for a net: the drawing, and above it the gradients that flow back. The neuron under the pointer, or the
// one that arrow keys lead to, is named in full.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { sizeCanvas } from "../shell/canvas";
import { motionAllowed, themeVersion } from "../shell/theme";
import { describeNode, findPath } from "./connections";
import { findNode, type NetLayout, type Node } from "./netLayout";
import { paintGradients, paintNet } from "./netPainter";

const FRAME_MS = 33;

interface Props {
  layout: NetLayout;
  isFlowing: boolean;
  label: string;
  /** Whether a neuron is the chosen one. */
  isMarked?: (node: Node) => boolean;
  onSelect?: (node: Node) => void;
}

export function NetCanvas({ layout, isFlowing, label, isMarked, onSelect }: Props) {
  const netCanvas = useRef<HTMLCanvasElement>(null);
  const gradientCanvas = useRef<HTMLCanvasElement>(null);
  const version = themeVersion.value;
  const nodes = useMemo(() => layout.columns.flatMap((column) => column.nodes), [layout]);
  const [at, setAt] = useState<number | null>(null);
  const pointed = at === null ? undefined : nodes[at];
  const marked = pointed ?? (isMarked && nodes.find(isMarked));

  useEffect(() => {
    const canvas = netCanvas.current;
    if (!canvas || !layout.width) return;
    const frame = requestAnimationFrame(() => paintNet(sizeCanvas(canvas, layout), layout, marked && { node: marked, path: findPath(layout, marked) }));
    return () => cancelAnimationFrame(frame);
  }, [layout, version, marked]);

  useEffect(() => {
    const canvas = gradientCanvas.current;
    if (!canvas || !layout.width) return;
    const context = sizeCanvas(canvas, layout);
    if (!isFlowing || !motionAllowed.value) return;
    let frame = 0;
    let last = 0;
    const draw = (now: number): void => {
      if (now - last >= FRAME_MS) {
        last = now;
        paintGradients(context, layout, now);
      }
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [layout, isFlowing, version, motionAllowed.value]);

  const findAt = (event: MouseEvent): number | null => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const found = findNode(layout, event.clientX - box.left, event.clientY - box.top);
    return found ? nodes.indexOf(found) : null;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const side = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Enter" && pointed) onSelect?.(pointed);
    else if (event.key === "Escape") setAt(null);
    if (!(step ?? side) || !nodes.length) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) setAt(Math.min(Math.max((at ?? -1) + step, 0), nodes.length - 1));
    else setAt(nodes.indexOf(findBeside(layout, pointed ?? (nodes[0] as Node), side ?? 1)));
  };
  return (
    <div class="net-drawing">
      <div
        class={`stack ${onSelect && pointed ? "selectable" : ""}`}
        role="img"
        aria-label={label}
        tabIndex={0}
        style={{ height: `${layout.height}px` }}
        onPointerMove={(event) => setAt(findAt(event))}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const found = findAt(event);
          setAt(found);
          if (found !== null && nodes[found]) onSelect?.(nodes[found]);
        }}
      >
        <canvas ref={netCanvas} />
        <canvas ref={gradientCanvas} />
      </div>
      <div aria-live="polite">{pointed && <NodeCard layout={layout} node={pointed} />}</div>
    </div>
  );
}

/** The node at the same height in the next column, or in the one before; at an edge the node itself. */
function findBeside({ columns }: NetLayout, node: Node, side: number): Node {
  const column = columns[columns.findIndex(({ nodes }) => nodes.includes(node)) + side];
  const nearest = column?.nodes.toSorted((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y))[0];
  return nearest ?? node;
}

function NodeCard({ layout, node }: { layout: NetLayout; node: Node }) {
  const side = node.x < layout.width / 2 ? { left: `${node.x + 16}px` } : { right: `${layout.width - node.x + 16}px` };
  const isLow = node.y > layout.height / 2;
  return (
    <div class="node-card" style={{ ...side, ...(isLow ? { bottom: `${layout.height - node.y + 8}px` } : { top: `${node.y + 8}px` }) }}>
      <strong>
        <bdi>{node.name}</bdi>
      </strong>
      <span class="muted">{describeNode(layout, node)}</span>
    </div>
  );
}
