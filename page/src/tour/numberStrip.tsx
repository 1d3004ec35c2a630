// A vector as a strip of squares: blue where a number is positive, amber where negative, the stronger the larger.
import { formatCount, formatNumber } from "../shell/format";

const SQUARES_PER_LINE = 32;

interface Props {
  values: (number | null)[];
  /** Whose numbers they are, and what each of them is. */
  name: string;
  what: string;
  /** What a square stands for. */
  square?: string;
}

export function NumberStrip({ values, name, what, square = "channel" }: Props) {
  const largest = Math.max(...values.map((value) => Math.abs(value ?? 0)), 1e-30);
  const perLine = Math.min(SQUARES_PER_LINE, values.length);
  const lines = Math.ceil(values.length / perLine);
  return (
    <svg
      class="channels"
      viewBox={`0 0 ${SQUARES_PER_LINE} ${lines}`}
      role="img"
      aria-label={`${name}: ${formatCount(values.length)} ${square}s, the largest ${what} ${formatNumber(largest, 3)}.`}
    >
      {values.map((value, place) => (
        <rect
          key={place}
          class={value == null || value === 0 ? "zero" : value > 0 ? "positive" : "negative"}
          x={(place % perLine) + 0.08}
          y={Math.floor(place / perLine) + 0.08}
          width={0.84}
          height={0.84}
          fill-opacity={0.12 + 0.88 * (Math.abs(value ?? 0) / largest)}
        >
          <title>{`${square} ${place + 1}: ${what} ${formatNumber(value, 3)}`}</title>
        </rect>
      ))}
    </svg>
  );
}
