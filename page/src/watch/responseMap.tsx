// The output of a neuron over two columns: blue where it is positive, amber where negative, the stronger the larger.
import { useEffect, useRef } from "preact/hooks";
import { formatNumber } from "../shell/format";
import { colourChannels, themeVersion } from "../shell/theme";

interface Props {
  /** The output at each point of a regular grid, line by line from the top. */
  activations: (number | null)[];
  x: string;
  y: string;
}

export function ResponseMap({ activations, x, y }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const version = themeVersion.value;
  const side = Math.round(Math.sqrt(activations.length));
  const values = activations.map((value) => value ?? 0);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const [blue, amber, card] = ["blue-fill", "amber-fill", "card"].map(colourChannels) as [number[], number[], number[]];
    const largest = Math.max(Math.abs(low), Math.abs(high), 1e-12);
    const image = context.createImageData(side, side);
    values.forEach((value, n) => {
      const share = Math.abs(value) / largest;
      const colour = value > 0 ? blue : amber;
      card.forEach((ground, channel) => (image.data[4 * n + channel] = share * (colour[channel] ?? 0) + (1 - share) * ground));
      image.data[4 * n + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }, [activations, version]);
  return (
    <figure class="response-map">
      <canvas ref={canvas} width={side} height={side} role="img" aria-label={`Output for every ${x} and ${y}: from ${formatNumber(low, 3)} to ${formatNumber(high, 3)}`} />
      <figcaption class="muted">
        <bdi>{x}</bdi> across, <bdi>{y}</bdi> upwards: {formatNumber(low, 3)} to {formatNumber(high, 3)}
      </figcaption>
    </figure>
  );
}
