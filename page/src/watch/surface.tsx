// Two inputs, one picture: what the net says at every place of the plane, with the rows on top.
import { useEffect, useRef } from "preact/hooks";
import type { Column, Job, Prediction, Row } from "../api/shapes";
import { figure } from "../shell/figures";
import { colour, shade } from "../shell/theme";
import { GRID } from "./outlook";

interface Props {
  job: Job;
  rows: Row[];
  predictions: Prediction[];
  epoch: number;
  x: Column;
  y: Column;
}

const SIZE = 480;
const BLUR = 7;
const HUES = ["amber-fill", "blue-fill", "green", "violet", "red", "teal"];

export function Surface({ job, rows, predictions, epoch, x, y }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = shade.value;
  const labels = Object.keys(predictions[0]?.probabilities ?? {});

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const frame = requestAnimationFrame(() => {
      ground(context, predictions, labels);
      dots(context, rows, job.spec.target, labels, x, y);
    });
    return () => cancelAnimationFrame(frame);
  }, [predictions, theme]);

  return (
    <section class="card surface" aria-labelledby="surface">
      <header>
        <h2 id="surface">What it says where</h2>
        <span class="soft">after epoch {epoch}</span>
      </header>
      <figure>
        <canvas
          ref={canvas}
          width={SIZE}
          height={SIZE}
          role="img"
          aria-label={`What the net says for every ${x.name} and ${y.name}; ${shares(predictions, labels)}`}
        />
        <figcaption class="soft">
          {x.name} from {figure(Number(x.min), 3)} to {figure(Number(x.max), 3)} across, {y.name} from{" "}
          {figure(Number(y.min), 3)} to {figure(Number(y.max), 3)} upwards
          <span class="legend">
            {labels.map((label, n) => (
              <span key={label} class={`key ${HUES[n % HUES.length]?.replace("-fill", "")}`}>
                {label}
              </span>
            ))}
          </span>
        </figcaption>
      </figure>
    </section>
  );
}

function shares(predictions: Prediction[], labels: string[]): string {
  if (!labels.length) return "the darker, the more";
  const parts = labels.map((label) => {
    const won = predictions.filter((prediction) => prediction.label === label).length;
    return `${label} on ${Math.round((100 * won) / predictions.length)} % of it`;
  });
  return parts.join(", ");
}

function ground(context: CanvasRenderingContext2D, predictions: Prediction[], labels: string[]): void {
  const card = channels("card");
  const hues = labels.length ? labels.map((_, n) => channels(HUES[n % HUES.length] as string)) : [channels("blue-fill")];
  const values = predictions.map((prediction) => prediction.value ?? 0);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const image = new ImageData(GRID, GRID);
  predictions.forEach((prediction, n) => {
    const shares = labels.length
      ? labels.map((label) => prediction.probabilities?.[label] ?? 0)
      : [((prediction.value ?? 0) - low) / (high - low || 1)];
    for (let channel = 0; channel < 3; channel += 1) {
      const mixed = shares.reduce((sum, share, at) => sum + share * (hues[at]?.[channel] ?? 0), 0);
      const rest = labels.length ? 0.35 : 1 - (shares[0] ?? 0);
      const weight = labels.length ? 0.65 : 1;
      image.data[4 * n + channel] = mixed * weight + rest * (card[channel] ?? 0);
    }
    image.data[4 * n + 3] = 255;
  });
  const small = new OffscreenCanvas(GRID, GRID);
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.filter = `blur(${BLUR}px)`;
  context.drawImage(small, -BLUR, -BLUR, SIZE + 2 * BLUR, SIZE + 2 * BLUR);
  context.filter = "none";
}

function dots(
  context: CanvasRenderingContext2D,
  rows: Row[],
  target: string,
  labels: string[],
  x: Column,
  y: Column,
): void {
  const colours = HUES.map(colour);
  const edge = colour("card");
  const at = (row: Row, column: Column): number =>
    ((Number(row[column.name]) - Number(column.min)) / (Number(column.max) - Number(column.min) || 1)) * SIZE;
  for (const row of rows) {
    const hue = labels.length ? labels.indexOf(String(row[target])) : 0;
    context.beginPath();
    context.arc(at(row, x), SIZE - at(row, y), 4.5, 0, 7);
    context.fillStyle = labels.length ? (colours[hue % colours.length] ?? edge) : edge;
    context.fill();
    context.lineWidth = 1.2;
    context.strokeStyle = edge;
    context.stroke();
  }
}

/** Red, green and blue of a colour of the theme. */
function channels(name: string): number[] {
  return (colour(name).match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
