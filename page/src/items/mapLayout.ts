// Layout of a map of items: where points lie on the drawing, and which names fit beside them.
import { shorten } from "../shell/format";
import type { Point } from "./alignMap";

export interface PlacedPoint {
  item: string;
  x: number;
  y: number;
}

export interface Label {
  item: string;
  text: string;
  x: number;
  y: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const MARGIN_PX = 26;
const LABEL_HEIGHT = 15;
const LABEL_GAP = 8;
const MAX_LABEL = 22;
const POINT_PX = 4;

/** The points in pixels, scaled alike in both directions so that all of them fit. */
export function placePoints(points: Point[], width: number, height: number): PlacedPoint[] {
  const [left, right] = findEnds(points.map(({ x }) => x));
  const [bottom, top] = findEnds(points.map(({ y }) => y));
  const scale = Math.min((width - 2 * MARGIN_PX) / Math.max(right - left, 1e-9), (height - 2 * MARGIN_PX) / Math.max(top - bottom, 1e-9));
  const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
  return points.map(({ item, x, y }) => ({ item, x: width / 2 + (x - middleX) * scale, y: height / 2 - (y - middleY) * scale }));
}

const findEnds = (values: number[]): [number, number] => (values.length ? [Math.min(...values), Math.max(...values)] : [0, 0]);

/**
 * The names that are written: in the order of the points as many as find room beside all points, and before them those
 * of `wanted`, which may cover points.
 *
 * @param measure the width of a text in pixels
 */
export function placeLabels(placed: PlacedPoint[], wanted: string[], width: number, limit: number, measure: (text: string) => number): Label[] {
  const taken: Box[] = [];
  const labels: Label[] = [];
  const first = new Set(wanted);
  for (const { item, x, y } of [...placed.filter((one) => first.has(one.item)), ...placed.filter((one) => !first.has(one.item))]) {
    if (labels.length >= limit + first.size) break;
    const text = shorten(item, MAX_LABEL);
    const size = measure(text);
    for (const left of [x + LABEL_GAP, x - LABEL_GAP - size]) {
      const box = { left, right: left + size, top: y - LABEL_HEIGHT / 2, bottom: y + LABEL_HEIGHT / 2 };
      const isFree = left >= 0 && box.right <= width && taken.every((one) => box.right < one.left || box.left > one.right || box.bottom < one.top || box.top > one.bottom);
      const coversPoint = !first.has(item) && placed.some((one) => one.item !== item && isWithin(one, box));
      if (!isFree || coversPoint) continue;
      taken.push(box);
      labels.push({ item, text, x: left, y });
      break;
    }
  }
  return labels;
}

const isWithin = ({ x, y }: PlacedPoint, { left, right, top, bottom }: Box): boolean =>
  x > left - POINT_PX && x < right + POINT_PX && y > top - POINT_PX && y < bottom + POINT_PX;

/** The point that is nearest to a place, if it is near. */
export function findPoint(placed: PlacedPoint[], x: number, y: number, maxDistance: number): number | null {
  let best: number | null = null;
  let least = maxDistance;
  placed.forEach((point, n) => {
    const distance = Math.hypot(point.x - x, point.y - y);
    if (distance < least) [best, least] = [n, distance];
  });
  return best;
}
