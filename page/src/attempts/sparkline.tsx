// A curve as small as a word: values from left to right, and their best marked.
const WIDTH = 120;
const HEIGHT = 40;
const MARGIN = 3;

interface Props {
  values: number[];
  /** The value at the upper edge, so that several curves have one scale. */
  highest: number;
  label: string;
}

export function Sparkline({ values, highest, label }: Props) {
  const place = (value: number, index: number): [number, number] => [
    MARGIN + (index / Math.max(values.length - 1, 1)) * (WIDTH - 2 * MARGIN),
    HEIGHT - MARGIN - (value / (highest || 1)) * (HEIGHT - 2 * MARGIN),
  ];
  const points = values.map((value, index) => (Number.isFinite(value) ? place(value, index) : undefined)).filter((point) => point !== undefined);
  const lowest = Math.min(...values.filter(Number.isFinite));
  const best = Number.isFinite(lowest) ? place(lowest, values.indexOf(lowest)) : undefined;
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <polyline points={points.map((point) => point.map((at) => at.toFixed(1)).join()).join(" ")} />
      {best && <circle cx={best[0]} cy={best[1]} r="2.5" />}
    </svg>
  );
}
