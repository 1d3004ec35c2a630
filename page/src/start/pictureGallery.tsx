// Pictures of a dataset by their class: some of each, from places spread over its rows.
import { useEffect, useState } from "preact/hooks";
import { encodeSegment, get } from "../api/client";
import type { Cell, Column, Dataset, List, Row } from "../api/shapes";
import { formatCount } from "../shell/format";
import { Picture, picturePath } from "../shell/picture";

/** The most places from which rows are taken, and the rows of each. */
const MAX_PLACES = 24;
const PLACE_ROWS = 8;
const MAX_CLASSES = 12;
const PICTURES_PER_CLASS = 8;
const THUMBNAIL_SIZE = 96;

interface SampleRow {
  number: number;
  row: Row;
}

export function PictureGallery({ dataset, image, label }: { dataset: Dataset; image: Column; label: Column | undefined }) {
  const rows = useSample(dataset);
  if (!rows) return null;
  const groups = new Map<string, SampleRow[]>();
  for (const sampled of rows) {
    if (sampled.row[image.name] == null) continue;
    const name = label ? formatLabel(sampled.row[label.name]) : "";
    groups.set(name, [...(groups.get(name) ?? []), sampled]);
  }
  const counts = new Map((label?.top ?? []).map(({ value, count }) => [value, count]));
  const shown = [...groups].sort(([a], [b]) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)).slice(0, MAX_CLASSES);
  const facts = describeImages(image);
  return (
    <section class="card picture-gallery" aria-labelledby="pictures">
      <h2 id="pictures">Pictures{label ? " by class" : ""}</h2>
      {facts && <p class="muted">{facts}</p>}
      <dl>
        {shown.map(([name, members]) => (
          <div key={name}>
            <dt>
              <bdi>{name}</bdi> <span class="muted">{counts.has(name) && formatCount(counts.get(name) ?? 0)}</span>
            </dt>
            <dd>
              {spread(members, PICTURES_PER_CLASS).map(({ number, row }) => (
                <Picture
                  key={number}
                  path={picturePath(dataset.id, number, image.name, THUMBNAIL_SIZE)}
                  alt={String(row[image.name])}
                />
              ))}
            </dd>
          </div>
        ))}
      </dl>
      {groups.size > shown.length && <p class="muted">and more classes</p>}
    </section>
  );
}

/** What the pictures of a column are like, in one line. */
export function describeImages({ images }: Column): string {
  if (!images) return "";
  const kinds = images.kinds.map(({ value, count }) => `${formatCount(count)} ${value.toUpperCase()}`).join(", ");
  const side = ({ min, max }: { min: number; max: number }): string =>
    min === max ? formatCount(min) : `${formatCount(min)}–${formatCount(max)}`;
  return `${kinds} · ${side(images.width)} × ${side(images.height)} pixels · ${images.grey ? "grey" : "colour"}`;
}

/** Rows from places spread over a dataset, for those of a class often lie together. */
function useSample(dataset: Dataset): SampleRow[] | undefined {
  const [rows, setRows] = useState<SampleRow[]>();
  useEffect(() => {
    const count = dataset.rows ?? 0;
    const places = Math.min(MAX_PLACES, Math.ceil(count / PLACE_ROWS));
    const starts = Array.from({ length: places }, (_, place) => Math.floor((place * count) / places));
    const controller = new AbortController();
    const load = async (start: number): Promise<SampleRow[]> => {
      const path = `/v1/datasets/${encodeSegment(dataset.id)}/rows?after=${start}&limit=${PLACE_ROWS}`;
      const page = await get<List<Row>>(path, controller.signal);
      return page.data.map((row, index) => ({ number: start + index, row }));
    };
    Promise.all(starts.map(load)).then(
      (pages) => setRows([...new Map(pages.flat().map((each) => [each.number, each])).values()]),
      () => undefined, // the page tells what is wrong with the server
    );
    return () => controller.abort();
  }, [dataset.id]);
  return rows;
}

/** Some of a list, as far from each other as can be. */
const spread = <T,>(list: T[], count: number): T[] =>
  list.length <= count ? list : Array.from({ length: count }, (_, place) => list[Math.floor((place * list.length) / count)] as T);

const formatLabel = (cell: Cell | undefined): string => (cell == null ? "–" : String(cell));
