// Picture whose pixels are numbers of a row, drawn one to one and enlarged by the style sheet.
import { useEffect, useRef } from "preact/hooks";

interface Props {
  /** How bright each pixel is, from 0 to 1, row by row. */
  brightness: number[];
  side: number;
  /** What it shows, for those who do not see it. */
  alt: string;
}

export function PixelPicture({ brightness, side, alt }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) drawPixels(canvas.current, brightness, side);
  }, [brightness, side]);
  return <canvas ref={canvas} class="picture pixel-picture" width={side} height={side} role="img" aria-label={alt} title={alt} />;
}

/** Draw pixels on a canvas of their size. */
export function drawPixels(canvas: HTMLCanvasElement, brightness: number[], side: number): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(side, side);
  brightness.forEach((value, place) => image.data.set([value * 255, value * 255, value * 255, 255], place * 4));
  context.putImageData(image, 0, 0);
}
