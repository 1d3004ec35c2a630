// Drawing of a map of items: points with the names that fit. The one under the pointer, or that arrow keys lead to, is
// named in full; from one epoch to the next points glide, where motion is allowed.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { sizeCanvas, useWidth } from "../shell/canvas";
import { formatRows } from "../shell/format";
import { motionAllowed, themeColour, themeVersion } from "../shell/theme";
import type { Point } from "./alignMap";
import { findPoint, placeLabels, placePoints, type PlacedPoint } from "./mapLayout";

const MAX_HEIGHT = 520;
const MIN_HEIGHT = 320;
const NEAR_PX = 18;
const GLIDE_MS = 350;
const MAX_LABELS = 60;
const MAX_LABELS_ON_PHONES = 12;
const FONT = "12px 'Inter Variable', system-ui, sans-serif";

const NO_COLOURS = new Map<string, string>();

interface Props {
  /** Those of most rows first. */
  points: (Point & { rows: number; value?: string | null })[];
  /** The colour of each value. */
  colours?: Map<string, string>;
  label: string;
  /** The item that is the chosen one. */
  chosen?: string | undefined;
  /** Items that are like it. */
  marked?: string[];
  onSelect?: (item: string) => void;
}

export function MapCanvas({ points, colours = NO_COLOURS, label, chosen, marked = [], onSelect }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<PlacedPoint[]>([]);
  const width = useWidth(container);
  const height = Math.round(Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, width * 0.72)));
  const [at, setAt] = useState<number | null>(null);
  const placed = useMemo(() => placePoints(points, width, height), [points, width, height]);
  const pointed = at === null ? undefined : placed[at];
  const version = themeVersion.value;
  const marks = marked.join("\n");

  useEffect(() => {
    const current = canvas.current;
    if (!current || !width) return;
    const from = new Map(drawn.current.map((one) => [one.item, one]));
    const began = performance.now();
    let frame = 0;
    const draw = (now: number): void => {
      const isGliding = motionAllowed.value && from.size > 0;
      const share = isGliding ? Math.min(Math.max((now - began) / GLIDE_MS, 0), 1) : 1;
      const eased = 1 - (1 - share) ** 3;
      drawn.current = placed.map((one) => {
        const old = from.get(one.item) ?? one;
        return { item: one.item, x: old.x + (one.x - old.x) * eased, y: old.y + (one.y - old.y) * eased };
      });
      const hues = points.map(({ value }) => (colours.size ? toFill(colours.get(value ?? "") ?? "soft") : "blue-fill"));
      paintMap(sizeCanvas(current, { width, height }), drawn.current, hues, width, { chosen, marked, pointed: pointed?.item });
      if (share < 1) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [placed, version, chosen, marks, pointed?.item]);

  const findAt = (event: MouseEvent): number | null => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return findPoint(placed, event.clientX - box.left, event.clientY - box.top, NEAR_PX);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Enter" && pointed) onSelect?.(pointed.item);
    else if (event.key === "Escape") setAt(null);
    if (!step || !placed.length) return;
    event.preventDefault();
    setAt(Math.min(Math.max((at ?? -1) + step, 0), placed.length - 1));
  };
  return (
    <div class="item-map" ref={container}>
      <div
        class={`stack ${onSelect && pointed ? "selectable" : ""}`}
        role="img"
        aria-label={label}
        tabIndex={0}
        style={{ height: `${height}px` }}
        onPointerMove={(event) => setAt(findAt(event))}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const found = findAt(event);
          setAt(found);
          if (found !== null && placed[found]) onSelect?.(placed[found].item);
        }}
      >
        <canvas ref={canvas} />
      </div>
      <div aria-live="polite">
        {pointed && at !== null && (
          <div class="node-card" style={cardPlace(pointed, width, height)}>
            <strong>
              <bdi>{pointed.item}</bdi>
            </strong>
            <span class="muted">
              {points[at]?.value != null && <bdi>{points[at].value} · </bdi>}
              {formatRows(points[at]?.rows ?? 0)} of training
            </span>
          </div>
        )}
      </div>
    </div>
  );
}

/** The colour of a filled point, as the legend has it. */
const toFill = (colour: string): string => (colour === "blue" || colour === "amber" ? `${colour}-fill` : colour);

function cardPlace({ x, y }: PlacedPoint, width: number, height: number): Record<string, string> {
  const side: Record<string, string> = x < width / 2 ? { left: `${x + 12}px` } : { right: `${width - x + 12}px` };
  return { ...side, ...(y > height / 2 ? { bottom: `${height - y + 10}px` } : { top: `${y + 10}px` }) };
}

interface Marks {
  chosen: string | undefined;
  marked: string[];
  pointed: string | undefined;
}

function paintMap(context: CanvasRenderingContext2D, placed: PlacedPoint[], hues: string[], width: number, { chosen, marked, pointed }: Marks): void {
  const [amber, soft, ink, card] = ["amber", "soft", "ink", "card"].map(themeColour) as [string, string, string, string];
  const fills = new Map(placed.map(({ item }, n) => [item, themeColour(hues[n] ?? "blue-fill")]));
  const isColoured = new Set(hues).size > 1;
  const near = new Set(marked);
  const isFocused = chosen !== undefined;
  const size = placed.length > 200 ? 3 : 4.5;
  const point = placed.find(({ item }) => item === chosen);
  context.strokeStyle = amber;
  context.lineWidth = 1;
  for (const one of placed.filter(({ item }) => point && near.has(item))) {
    context.globalAlpha = 0.5;
    context.beginPath();
    context.moveTo(point!.x, point!.y);
    context.lineTo(one.x, one.y);
    context.stroke();
  }
  const order = (one: PlacedPoint): number => (one.item === chosen || one.item === pointed ? 2 : near.has(one.item) ? 1 : 0);
  for (const one of placed.toSorted((a, b) => order(a) - order(b))) {
    const rank = order(one);
    context.globalAlpha = rank || !isFocused ? 0.9 : 0.35;
    context.fillStyle = near.has(one.item) && !isColoured ? amber : (fills.get(one.item) ?? amber);
    context.beginPath();
    context.arc(one.x, one.y, rank === 2 ? size + 2.5 : rank ? size + 1 : size, 0, 7);
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = rank === 2 ? 2 : 1;
    context.strokeStyle = rank === 2 ? ink : card;
    context.stroke();
  }
  context.font = FONT;
  context.textBaseline = "middle";
  const wanted = [...(chosen === undefined ? [] : [chosen]), ...marked];
  const limit = isFocused ? 0 : width < 520 ? MAX_LABELS_ON_PHONES : MAX_LABELS;
  for (const { item, text, x, y } of placeLabels(placed, wanted, width, limit, (text) => context.measureText(text).width)) {
    context.lineWidth = 3;
    context.strokeStyle = card;
    context.strokeText(text, x, y);
    context.fillStyle = item === chosen || item === pointed ? ink : near.has(item) ? amber : soft;
    context.fillText(text, x, y);
  }
}
