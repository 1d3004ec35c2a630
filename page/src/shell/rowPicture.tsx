// Picture of a row of a dataset: that of its column of images, or the one that its columns of pixels are.
import { useMemo } from "preact/hooks";
import { encodeSegment, isAllowed } from "../api/client";
import type { Dataset, Row } from "../api/shapes";
import { useDatasetRow } from "../api/useDatasetRow";
import { useFetch } from "../api/useFetch";
import { Picture, picturePath } from "./picture";
import { PixelPicture } from "./pixelPicture";
import { brightnessOf, findPixels, type Pixels } from "./pixels";

const THUMBNAIL_SIZE = 96;

/** Where the pictures of a dataset's rows are: in a column of images, or in columns of pixels. */
export interface PictureSource {
  dataset: string;
  image?: string;
  pixels?: Pixels;
}

/** The pictures of a dataset; undefined if it has none, or while that is not known. */
export function usePictureSource(datasetId: string): PictureSource | undefined {
  const dataset = useFetch<Dataset>(isAllowed("read") ? `/v1/datasets/${encodeSegment(datasetId)}` : null).value;
  return useMemo(() => dataset && findPictures(dataset), [dataset]);
}

export function findPictures(dataset: Dataset): PictureSource | undefined {
  const image = dataset.columns?.find(({ type }) => type === "image");
  if (image) return { dataset: dataset.id, image: image.name };
  const pixels = findPixels(dataset.columns ?? []);
  return pixels && { dataset: dataset.id, pixels };
}

interface Props {
  source: PictureSource;
  /** The row, counted from 1. */
  row: number;
  /** Its cells, where they are known. */
  cells?: Row;
  alt: string;
}

export function RowPicture({ source: { dataset, image, pixels }, row, cells, alt }: Props) {
  if (image !== undefined) return <Picture path={picturePath(dataset, row - 1, image, THUMBNAIL_SIZE)} alt={alt} />;
  if (!pixels) return null;
  return cells ? (
    <PixelPicture brightness={brightnessOf(pixels, cells)} side={pixels.side} alt={alt} />
  ) : (
    <LoadedPixels dataset={dataset} pixels={pixels} row={row} alt={alt} />
  );
}

function LoadedPixels({ dataset, pixels, row, alt }: { dataset: string; pixels: Pixels; row: number; alt: string }) {
  const { row: cells } = useDatasetRow(dataset, String(row));
  return cells ? <PixelPicture brightness={brightnessOf(pixels, cells)} side={pixels.side} alt={alt} /> : <span class="picture" />;
}
