// Decision boundary of a net with two numeric inputs: its prediction at every point of the plane, with the rows on top.
import { useEffect, useRef } from "preact/hooks";
import type { Column, Job, Prediction, Row } from "../api/shapes";
import { formatNumber } from "../shell/format";
import { themeColour, themeVersion } from "../shell/theme";
import { nameTargets } from "../api/targets";

interface Props {
  job: Job;
  rows: Row[];
  predictions: Prediction[];
  epoch: number;
  x: Column;
  y: Column;
}

/** Points along each axis at which the net predicts. */
const GRID = 32;
const SIZE_PX = 480;
const BLUR_PX = 7;
const CLASS_COLOURS = ["amber-fill", "blue-fill", "green", "violet", "red", "teal"];

export function DecisionBoundary({ job, rows, predictions, epoch, x, y }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const version = themeVersion.value;
  const labels = Object.keys(predictions[0]?.probabilities ?? {});

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const frame = requestAnimationFrame(() => {
      paintPredictions(context, predictions, labels);
      paintRows(context, rows, nameTargets(job.spec), labels, x, y);
    });
    return () => cancelAnimationFrame(frame);
  }, [predictions, version]);

  return (
    <section class="card surface" aria-labelledby="surface">
      <header>
        <h2 id="surface">{labels.length ? "Decision boundary" : "Predictions over both inputs"}</h2>
        <span class="muted">after epoch {epoch}</span>
      </header>
      <figure>
        <canvas
          ref={canvas}
          width={SIZE_PX}
          height={SIZE_PX}
          role="img"
          aria-label={`Prediction for every ${x.name} and ${y.name}; ${describeShares(predictions, labels)}`}
        />
        <figcaption class="muted">
          <bdi>{x.name}</bdi> from {formatNumber(Number(x.min), 3)} to {formatNumber(Number(x.max), 3)} across, <bdi>{y.name}</bdi> from{" "}
          {formatNumber(Number(y.min), 3)} to {formatNumber(Number(y.max), 3)} upwards
          <span class="legend">
            {labels.map((label, n) => (
              <span key={label} class={`key ${CLASS_COLOURS[n % CLASS_COLOURS.length]?.replace("-fill", "")}`}>
                {label}
              </span>
            ))}
          </span>
        </figcaption>
      </figure>
    </section>
  );
}

/** Rows on a regular grid over the ranges of both inputs, line by line from the top. */
export function gridRows(x: Column, y: Column): Row[] {
  const at = ({ min, max }: Column, share: number): number => Number(min) + share * (Number(max) - Number(min));
  return Array.from({ length: GRID * GRID }, (_, n) => ({
    [x.name]: at(x, (n % GRID) / (GRID - 1)),
    [y.name]: at(y, 1 - Math.floor(n / GRID) / (GRID - 1)),
  }));
}

function describeShares(predictions: Prediction[], labels: string[]): string {
  if (!labels.length) return "darker is higher";
  const parts = labels.map((label) => {
    const count = predictions.filter((prediction) => prediction.label === label).length;
    return `${label} on ${Math.round((100 * count) / predictions.length)}% of the area`;
  });
  return parts.join(", ");
}

function paintPredictions(context: CanvasRenderingContext2D, predictions: Prediction[], labels: string[]): void {
  const card = colourChannels("card");
  const labelColours = labels.length ? labels.map((_, n) => colourChannels(CLASS_COLOURS[n % CLASS_COLOURS.length] as string)) : [colourChannels("blue-fill")];
  const values = predictions.map((prediction) => prediction.value ?? 0);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const image = new ImageData(GRID, GRID);
  predictions.forEach((prediction, n) => {
    const describeShares = labels.length
      ? labels.map((label) => prediction.probabilities?.[label] ?? 0)
      : [((prediction.value ?? 0) - low) / (high - low || 1)];
    for (let channel = 0; channel < 3; channel += 1) {
      const mixed = describeShares.reduce((sum, share, toPixels) => sum + share * (labelColours[toPixels]?.[channel] ?? 0), 0);
      const rest = labels.length ? 0.35 : 1 - (describeShares[0] ?? 0);
      const weight = labels.length ? 0.65 : 1;
      image.data[4 * n + channel] = mixed * weight + rest * (card[channel] ?? 0);
    }
    image.data[4 * n + 3] = 255;
  });
  const small = new OffscreenCanvas(GRID, GRID);
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.filter = `blur(${BLUR_PX}px)`;
  context.drawImage(small, -BLUR_PX, -BLUR_PX, SIZE_PX + 2 * BLUR_PX, SIZE_PX + 2 * BLUR_PX);
  context.filter = "none";
}

function paintRows(
  context: CanvasRenderingContext2D,
  rows: Row[],
  target: string,
  labels: string[],
  x: Column,
  y: Column,
): void {
  const colours = CLASS_COLOURS.map(themeColour);
  const edge = themeColour("card");
  const toPixels = (row: Row, column: Column): number =>
    ((Number(row[column.name]) - Number(column.min)) / (Number(column.max) - Number(column.min) || 1)) * SIZE_PX;
  for (const row of rows) {
    const hue = labels.length ? labels.indexOf(String(row[target])) : 0;
    context.beginPath();
    context.arc(toPixels(row, x), SIZE_PX - toPixels(row, y), 4.5, 0, 7);
    context.fillStyle = labels.length ? (colours[hue % colours.length] ?? edge) : edge;
    context.fill();
    context.lineWidth = 1.2;
    context.strokeStyle = edge;
    context.stroke();
  }
}

/** Red, green and blue of a colour of the theme. */
function colourChannels(name: string): number[] {
  return (themeColour(name).match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
