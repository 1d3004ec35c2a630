// Alignment of a map with the one before: principal components may be turned or mirrored from epoch to epoch.

export interface Point {
  item: string;
  x: number;
  y: number;
}

/**
 * The points, turned and mirrored so that they come as close as they can to where the same items were before
 * (orthogonal Procrustes problem, Schönemann 1966); nothing is moved or scaled.
 */
export function alignMap<T extends Point>(points: T[], before: Point[]): T[] {
  const known = new Map(before.map((point) => [point.item, point]));
  let [xx, xy, yx, yy] = [0, 0, 0, 0];
  for (const { item, x, y } of points) {
    const old = known.get(item);
    if (!old) continue;
    xx += x * old.x;
    xy += x * old.y;
    yx += y * old.x;
    yy += y * old.y;
  }
  const mirror = Math.hypot(xx - yy, xy + yx) > Math.hypot(xx + yy, xy - yx) ? -1 : 1;
  const angle = Math.atan2(xy - mirror * yx, xx + mirror * yy);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return points.map((point) => {
    const y = mirror * point.y;
    return { ...point, x: cosine * point.x - sine * y, y: sine * point.x + cosine * y };
  });
}
