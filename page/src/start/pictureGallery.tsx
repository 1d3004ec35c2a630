// Pictures of a dataset by their class: some of each, from places spread over its rows.
import { useEffect, useMemo, useState } from "preact/hooks";
import { encodeSegment, get } from "../api/client";
import type { Cell, Column, Dataset, List, Row } from "../api/shapes";
import { formatCount } from "../shell/format";
import { findPictures, RowPicture } from "../shell/rowPicture";

/** The most places from which rows are taken, and the rows of each. */
const MAX_PLACES = 24;
const PLACE_ROWS = 8;
const MAX_CLASSES = 12;
const PICTURES_PER_CLASS = 8;
const LABEL_NAMES = new Set(["label", "class", "target", "digit"]);

interface SampleRow {
  number: number;
  row: Row;
}

export function PictureGallery({ dataset }: { dataset: Dataset }) {
  const source = useMemo(() => findPictures(dataset), [dataset]);
  const rows = useSample(dataset, source !== undefined);
  if (!rows || !source) return null;
  const image = dataset.columns?.find(({ name }) => name === source.image);
  const label = findLabel(dataset, source.pixels?.names ?? [source.image ?? ""]);
  const groups = new Map<string, SampleRow[]>();
  for (const sampled of rows) {
    if (image && sampled.row[image.name] == null) continue;
    const name = label ? formatLabel(sampled.row[label.name]) : "";
    groups.set(name, [...(groups.get(name) ?? []), sampled]);
  }
  const counts = new Map((label?.top ?? []).map(({ value, count }) => [value, count]));
  const shown = [...groups].sort(([a], [b]) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)).slice(0, MAX_CLASSES);
  const facts = image ? describeImages(image) : `${source.pixels?.side} × ${source.pixels?.side} pixels, one in each column · grey`;
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
                <RowPicture
                  key={number}
                  source={source}
                  row={number + 1}
                  cells={row}
                  alt={image ? String(row[image.name]) : `Row ${number + 1}`}
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

/** The column that says what the pictures show: the only other one, or one that is named so. */
function findLabel({ columns }: Dataset, pictures: string[]): Column | undefined {
  const drawn = new Set(pictures);
  const others = columns?.filter(({ name }) => !drawn.has(name)) ?? [];
  const isLabel = ({ type, distinct }: Column): boolean =>
    type === "categorical" || type === "boolean" || (type === "numeric" && distinct != null && distinct <= MAX_CLASSES);
  return others.find((column) => isLabel(column) && (others.length === 1 || LABEL_NAMES.has(column.name.toLowerCase())));
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
function useSample(dataset: Dataset, isWanted: boolean): SampleRow[] | undefined {
  const [rows, setRows] = useState<SampleRow[]>();
  useEffect(() => {
    const count = isWanted ? (dataset.rows ?? 0) : 0;
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
  }, [dataset.id, isWanted]);
  return rows;
}

/** Some of a list, as far from each other as can be. */
const spread = <T,>(list: T[], count: number): T[] =>
  list.length <= count ? list : Array.from({ length: count }, (_, place) => list[Math.floor((place * list.length) / count)] as T);

const formatLabel = (cell: Cell | undefined): string => (cell == null ? "–" : String(cell));
