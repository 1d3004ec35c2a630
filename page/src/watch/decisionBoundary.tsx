// Decision boundary of a net over two columns: its prediction at every point of the plane, with rows of the table on top.
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Column, Prediction, Row } from "../api/shapes";
import { chooseColours, type ClassColours } from "../shell/classColours";
import { formatNumber } from "../shell/format";
import { colourChannels, themeColour, themeVersion } from "../shell/theme";
import { rangeOf } from "./predictionViews";

interface Props {
  rows: Row[];
  /** For each point of a regular grid, line by line from the top. */
  predictions: Prediction[];
  x: Column;
  y: Column;
  target: Column | undefined;
}

const SIZE_PX = 480;

export function DecisionBoundary({ rows, predictions, x, y, target }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const rowCanvas = useRef<HTMLCanvasElement>(null);
  const version = themeVersion.value;
  const labels = useMemo(() => Object.keys(predictions[0]?.probabilities ?? {}), [predictions[0] === undefined]);
  const colours = useMemo(() => chooseColours(labels, target), [labels, target]);
  const values = predictions.map(({ value }) => value ?? 0);
  // of numbers the scale is that of the target, so that a colour means the same after each epoch
  const [low, high] = target?.min != null ? rangeOf(target) : [Math.min(...values), Math.max(...values)];

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const frame = requestAnimationFrame(() => paintPredictions(context, predictions, labels, colours, low, high));
    return () => cancelAnimationFrame(frame);
  }, [predictions, labels, version]);

  // the rows lie on a canvas of their own, for they stay while the predictions change
  useEffect(() => {
    const context = rowCanvas.current?.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, SIZE_PX, SIZE_PX);
    for (const row of rows) paintRow(context, row, x, y, labels.length ? colours.of(String(row[target?.name ?? ""])) : numberColour(row[target?.name ?? ""], low, high));
  }, [rows, x, y, labels, version, low, high]);

  return (
    <figure>
      <div class="stack" role="img" aria-label={`Prediction for every ${x.name} and ${y.name}; ${describeShares(predictions, labels)}`}>
        <canvas ref={canvas} width={SIZE_PX} height={SIZE_PX} />
        <canvas ref={rowCanvas} width={SIZE_PX} height={SIZE_PX} />
      </div>
      <figcaption class="muted">
        <bdi>{x.name}</bdi> from {describeRange(x)} across, <bdi>{y.name}</bdi> from {describeRange(y)} upwards
        <span class="legend">
          {labels.length ? (
            colours.legend.map(([name, colour]) => (
              <span key={name} class={`key ${colour.replace("-fill", "")}`}>
                {name}
              </span>
            ))
          ) : (
            <span class="key blue">
              from {formatNumber(low, 3)}, pale, to {formatNumber(high, 3)}
            </span>
          )}
        </span>
      </figcaption>
    </figure>
  );
}

const describeRange = (column: Column): string => rangeOf(column).map((end) => formatNumber(end, 3)).join(" to ");

function describeShares(predictions: Prediction[], labels: string[]): string {
  if (!labels.length) return "darker is higher";
  const counts = new Map<string, number>();
  for (const { label } of predictions) counts.set(label ?? "", (counts.get(label ?? "") ?? 0) + 1);
  const parts = labels.length > 6 ? [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 6) : labels.map((label) => [label, counts.get(label) ?? 0] as const);
  return parts.map(([label, count]) => `${label} on ${Math.round((100 * count) / predictions.length)}% of the area`).join(", ");
}

function paintPredictions(context: CanvasRenderingContext2D, predictions: Prediction[], labels: string[], colours: ClassColours, low: number, high: number): void {
  const side = Math.round(Math.sqrt(predictions.length));
  const card = colourChannels("card");
  const blue = colourChannels("blue-fill");
  const channels = labels.map((label) => colourChannels(colours.of(label)));
  const image = new ImageData(side, side);
  predictions.forEach(({ probabilities, value }, n) => {
    const share = scaled(value ?? 0, low, high);
    for (let channel = 0; channel < 3; channel += 1) {
      const ground = card[channel] ?? 0;
      const mixed = labels.length
        ? 0.65 * labels.reduce((sum, label, place) => sum + (probabilities?.[label] ?? 0) * (channels[place]?.[channel] ?? 0), 0) + 0.35 * ground
        : share * (blue[channel] ?? 0) + (1 - share) * ground;
      image.data[4 * n + channel] = mixed;
    }
    image.data[4 * n + 3] = 255;
  });
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, SIZE_PX, SIZE_PX);
}

function paintRow(context: CanvasRenderingContext2D, row: Row, x: Column, y: Column, colour: string): void {
  const toPixels = (column: Column): number => {
    const [low, high] = rangeOf(column);
    return ((Number(row[column.name]) - low) / (high - low || 1)) * SIZE_PX;
  };
  if (row[x.name] == null || row[y.name] == null) return;
  context.beginPath();
  context.arc(toPixels(x), SIZE_PX - toPixels(y), 4.5, 0, 7);
  context.fillStyle = colour.startsWith("rgb") ? colour : themeColour(colour);
  context.fill();
  context.lineWidth = 1.2;
  context.strokeStyle = themeColour("card");
  context.stroke();
}

/** The colour of a number: paler is lower, as in the plane beneath. */
function numberColour(value: Row[string] | undefined, low: number, high: number): string {
  const share = scaled(Number(value ?? low), low, high);
  const [card, blue] = [colourChannels("card"), colourChannels("blue-fill")];
  return `rgb(${card.map((ground, channel) => Math.round(share * (blue[channel] ?? 0) + (1 - share) * ground)).join(" ")})`;
}

const scaled = (value: number, low: number, high: number): number => Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
