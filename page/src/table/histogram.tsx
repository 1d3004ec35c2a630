// Histogram of a column of numbers or dates, with a colour for each class of the target.
import { useMemo } from "preact/hooks";
import { formatValue } from "../shell/format";
import { computeBins } from "./bins";

const HEIGHT = 100;
const GAP = 0.14;

interface Props {
  values: number[];
  /** The place of the colour of each value. */
  classes?: number[] | undefined;
  name: string;
  format?: (value: number) => string;
}

export function Histogram({ values, classes, name, format = formatValue }: Props) {
  const bins = useMemo(() => (values.length ? computeBins(values, classes) : undefined), [values, classes]);
  if (!bins) return <p class="muted histogram">No values in the first rows.</p>;
  const width = bins.counts[0]?.length ?? 1;
  const label = `Distribution of ${name}: from ${format(bins.low)} to ${format(bins.high)}, most around ${format(bins.peak)}.`;
  return (
    <svg class="histogram" viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {drawClasses(bins.counts, bins.max).map((path, place) => (
        <path key={place} class={`class-${place}`} d={path} />
      ))}
    </svg>
  );
}

/** A path for each class, whose bars stand on those of the classes before. */
function drawClasses(counts: number[][], max: number): string[] {
  const tops = new Array<number>(counts[0]?.length ?? 0).fill(HEIGHT);
  return counts.map((row) =>
    row
      .map((count, bin) => {
        if (!count) return "";
        const height = (count / max) * HEIGHT;
        const top = (tops[bin] ?? HEIGHT) - height;
        tops[bin] = top;
        return `M${bin + GAP / 2} ${top.toFixed(1)}h${1 - GAP}v${height.toFixed(1)}h${GAP - 1}z`;
      })
      .join(""),
  );
}
