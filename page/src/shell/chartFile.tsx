// Buttons that save a chart: as a picture with its name and legend, or as a table of its values.
import type uPlot from "uplot";
import { saveBlob } from "../api/saveFile";
import type { LegendEntry } from "./chartLegend";
import { toCsv } from "./csv";
import { themeColour } from "./theme";

export interface ChartFile {
  /** What the chart shows of what, which is the heading of the picture and names the files. */
  name: string;
  /** The columns of the table by their names; without it the values that are drawn. */
  columns?: () => [string, ArrayLike<number | null | undefined>][];
}

interface Props {
  file: ChartFile;
  plot: () => uPlot | undefined;
  entries: LegendEntry[];
}

export function ChartFileButtons({ file, plot, entries }: Props) {
  const saveTable = (): void => {
    const drawn = (): [string, ArrayLike<number | null | undefined>][] =>
      (plot()?.data ?? []).map((values, n) => [entries[n]?.label || (n ? `series ${n}` : "x"), values]);
    saveBlob(new Blob([toCsv((file.columns ?? drawn)())], { type: "text/csv" }), `${toFileName(file.name)}.csv`);
  };
  const savePicture = (): void => {
    const current = plot();
    if (current) paintPicture(current, file.name, entries).toBlob((blob) => blob && saveBlob(blob, `${toFileName(file.name)}.png`));
  };
  return (
    <span class="chart-files">
      <button class="small quiet" aria-label={`Save as a picture (PNG): ${file.name}`} onClick={savePicture}>
        PNG
      </button>
      <button class="small quiet" aria-label={`Save as a table (CSV): ${file.name}`} onClick={saveTable}>
        CSV
      </button>
    </span>
  );
}

/** A name of a file in letters and digits of any script, and hyphens. */
export const toFileName = (name: string): string => name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 80) || "chart";

const MARGIN_PX = 14;
const LINE_PX = 20;

/** The chart as it is on the screen, with its name above and its legend below. */
function paintPicture(plot: uPlot, name: string, entries: LegendEntry[]): HTMLCanvasElement {
  const drawing = plot.ctx.canvas;
  const ratio = devicePixelRatio;
  const width = drawing.width / ratio + 2 * MARGIN_PX;
  const picture = document.createElement("canvas");
  const context = picture.getContext("2d") as CanvasRenderingContext2D;
  const font = "13px 'Inter Variable', system-ui, sans-serif";
  context.font = font;
  const places = placeEntries(context, entries, width);
  const lines = (places.at(-1)?.line ?? 0) + 1;
  const height = MARGIN_PX * 2 + LINE_PX + drawing.height / ratio + LINE_PX * lines;
  [picture.width, picture.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  context.scale(ratio, ratio);
  context.fillStyle = themeColour("card");
  context.fillRect(0, 0, width, height);
  context.fillStyle = themeColour("ink");
  context.font = `600 ${font}`;
  context.fillText(name, MARGIN_PX, MARGIN_PX + 10, width - 2 * MARGIN_PX);
  context.drawImage(drawing, MARGIN_PX, MARGIN_PX + LINE_PX, drawing.width / ratio, drawing.height / ratio);
  context.font = font;
  const top = MARGIN_PX + LINE_PX + drawing.height / ratio + LINE_PX * 0.8;
  for (const { label, colour, dashed, x, line } of places) {
    const y = top + line * LINE_PX;
    context.strokeStyle = colour;
    context.lineWidth = 3;
    context.setLineDash(dashed ? [6, 3] : []);
    context.beginPath();
    context.moveTo(x, y - 4);
    context.lineTo(x + 18, y - 4);
    context.stroke();
    context.fillStyle = themeColour("soft");
    context.fillText(label, x + 24, y);
  }
  return picture;
}

/** Where the name of each series stands, in lines of this width. */
function placeEntries(context: CanvasRenderingContext2D, entries: LegendEntry[], width: number) {
  let [x, line] = [MARGIN_PX, 0];
  return entries.flatMap(({ label, colour, shape }) => {
    if (!label || !colour) return [];
    const size = context.measureText(label).width + 40;
    if (x > MARGIN_PX && x + size > width) [x, line] = [MARGIN_PX, line + 1];
    const place = { label, colour, dashed: shape === "dashed", x, line };
    x += size;
    return [place];
  });
}
