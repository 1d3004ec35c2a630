// Pictures behind a cell of the confusion matrix: what was taken for what, the largest loss first.
import { encodeSegment } from "../api/client";
import type { ConfusionRow, List } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { formatCount, formatPercent } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { RowPicture, type PictureSource } from "../shell/rowPicture";

const MAX_PICTURES = 60;

interface Props {
  job: string;
  model: string;
  split: string;
  source: PictureSource;
  actual: string;
  predicted: string;
  count: number;
}

export function ConfusionPictures({ job, model, split, source, actual, predicted, count }: Props) {
  const query = new URLSearchParams({ actual, predicted, split, limit: String(MAX_PICTURES) });
  const { value, problem, refetch } = useFetch<List<ConfusionRow>>(`/v1/models/${encodeSegment(model)}/confusion?${query}`);
  const isRight = actual === predicted;
  return (
    <section class="confusion-pictures" aria-labelledby="cell" aria-live="polite">
      <h4 id="cell">
        <bdi>{actual}</bdi> {isRight ? "rightly predicted" : "predicted as"} {!isRight && <bdi>{predicted}</bdi>}{" "}
        <span class="muted">
          · {formatCount(count)} {count === 1 ? "picture" : "pictures"}
          {value && value.data.length < count && `, the ${value.data.length} ${isRight ? "least certain" : "most wrong"}`}
        </span>
      </h4>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {value?.data.length === 0 && <p class="muted">No picture.</p>}
      <div class="pictures">
        {value?.data.map(({ row, confidence }) => (
          <a key={row} href={hrefFor(["jobs", job, "use"], { from: String(row) })}>
            <RowPicture
              source={source}
              row={row}
              alt={`Row ${row}: ${actual}, predicted as ${predicted} with ${formatPercent(confidence)}`}
            />
          </a>
        ))}
      </div>
    </section>
  );
}
