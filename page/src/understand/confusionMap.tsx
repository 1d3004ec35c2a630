// Confusion matrix of many classes as one picture: a cell under the cursor is told, arrow keys move it.
import { useEffect, useRef, useState } from "preact/hooks";
import { effect } from "@preact/signals";
import { sizeCanvas, useWidth } from "../shell/canvas";
import { formatRows } from "../shell/format";
import { themeColour, themeVersion } from "../shell/theme";

const MAX_SIDE = 320;
const STEPS: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

interface Props {
  labels: string[];
  counts: number[][];
}

export function ConfusionMap({ labels, counts }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const side = Math.min(useWidth(frame), MAX_SIDE);
  const [cell, setCell] = useState<[number, number] | null>(null);
  useEffect(
    () =>
      effect(() => {
        void themeVersion.value;
        if (canvas.current && side > 0) paint(canvas.current, counts, side, cell);
      }),
    [counts, side, cell],
  );
  const clip = (n: number): number => Math.min(Math.max(n, 0), labels.length - 1);
  const point = ({ offsetX, offsetY }: MouseEvent): void => {
    const size = side / labels.length;
    setCell([clip(Math.floor(offsetY / size)), clip(Math.floor(offsetX / size))]);
  };
  const move = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const [i, j] = cell ?? [0, 0];
    setCell([clip(i + step[0]), clip(j + step[1])]);
  };
  const [i, j] = cell ?? [0, 0];
  return (
    <div class="confusion-map" ref={frame}>
      <canvas
        ref={canvas}
        style={{ width: `${side}px`, height: `${side}px` }}
        tabIndex={0}
        role="img"
        aria-label={`All ${labels.length} classes, actual down and predicted across; arrow keys tell cell by cell.`}
        onMouseMove={point}
        onClick={point}
        onMouseLeave={() => setCell(null)}
        onKeyDown={move}
      />
      <p class="muted" aria-live="polite">
        {cell ? (
          <>
            <bdi>{labels[i]}</bdi> {i === j ? "predicted correctly" : <>predicted as <bdi>{labels[j]}</bdi></>}: <b>{formatRows(counts[i]?.[j] ?? 0)}</b>
          </>
        ) : (
          "All classes: actual down, predicted across; blue is right, amber wrong."
        )}
      </p>
    </div>
  );
}

function paint(canvas: HTMLCanvasElement, counts: number[][], side: number, cell: [number, number] | null): void {
  const context = sizeCanvas(canvas, { width: side, height: side });
  const size = side / counts.length;
  context.fillStyle = themeColour("line");
  context.fillRect(0, 0, side, side);
  counts.forEach((row, i) => {
    const sum = Math.max(row.reduce((total, count) => total + count, 0), 1);
    row.forEach((count, j) => {
      context.globalAlpha = 1;
      context.fillStyle = themeColour("card");
      context.fillRect(j * size, i * size, size - 0.5, size - 0.5);
      if (count === 0) return;
      context.globalAlpha = 0.25 + 0.75 * Math.sqrt(count / sum);
      context.fillStyle = themeColour(i === j ? "blue-fill" : "amber-fill");
      context.fillRect(j * size, i * size, size - 0.5, size - 0.5);
    });
  });
  if (!cell) return;
  context.globalAlpha = 1;
  context.strokeStyle = themeColour("ink");
  context.lineWidth = 2;
  context.strokeRect(cell[1] * size, cell[0] * size, size, size);
}
