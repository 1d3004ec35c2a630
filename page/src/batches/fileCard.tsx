// Predictions of a file: where it is dropped, how it is predicted, and the batches of the model.
import { useEffect, useState } from "preact/hooks";
import { encodeSegment, isAllowed } from "../api/client";
import type { Batch, Model } from "../api/shapes";
import { Term } from "../help/term";
import { usePages } from "../lists/usePages";
import { ErrorNotice } from "../shell/notices";
import { currentPlace } from "../shell/route";
import { DropZone } from "../start/dropZone";
import { currentUpload } from "../start/upload";
import { ReadingProgress, UploadProgress } from "../start/uploadProgress";
import { BatchItem } from "./batchItem";
import { CoverageChoice } from "./coverageChoice";
import { DirectFile } from "./directFile";
import { lastFile, predictFile } from "./predictFile";
import { isActive } from "./saveOutput";

const SHOWN_BATCHES = 5;

export function FileCard({ model }: { model: Model }) {
  const { items, hasMore, problem, loadMore, refresh } = usePages<Batch>(`/v1/batches?model_id=${encodeSegment(model.id)}`, isActive);
  const [shown, setShown] = useState(SHOWN_BATCHES);
  const file = lastFile.value?.modelId === model.id ? lastFile.value : null;
  useEffect(refresh, [file?.batchId]);
  const batches = items ?? [];
  const means = chooseMeans(model);
  if (!means && batches.length === 0) return null;
  return (
    <section class="card file-card" aria-labelledby="predict-file">
      <header>
        <h2 id="predict-file">
          <Term name="batch prediction">Predict a file</Term>
        </h2>
        <span class="muted">
          {means === "rows" ? "All its rows at once; the answers come as a file." : "Every row of it, however many there are; the workers predict it."}
        </span>
      </header>
      {means === "batch" && <FileInput model={model} />}
      {means === "rows" && <DirectFile model={model} />}
      {file?.problem && <ErrorNotice problem={file.problem} />}
      {problem && <ErrorNotice problem={problem} />}
      {batches.length > 0 && (
        <ul class="batches" aria-label="Batches of this model">
          {batches.slice(0, shown).map((batch) => (
            <BatchItem key={batch.id} batch={batch} others={batches} isOpen={batch.id === file?.batchId} onChange={refresh} />
          ))}
        </ul>
      )}
      {(batches.length > shown || hasMore) && (
        <button
          class="small more"
          onClick={() => {
            setShown(shown + SHOWN_BATCHES);
            if (batches.length <= shown + SHOWN_BATCHES && hasMore) loadMore();
          }}
        >
          Show older ones
        </button>
      )}
    </section>
  );
}

/** How the present key has a file predicted: uploaded, by a batch, or by its rows where it may not upload. */
function chooseMeans(model: Model): "batch" | "rows" | null {
  if (!isAllowed("predict")) return null;
  if (isAllowed("train")) return "batch";
  return model.task === "recommendation" || model.inputs.some(({ type }) => type === "image") ? null : "rows";
}

/** The drop zone with its options, or how far the present file is. */
function FileInput({ model }: { model: Model }) {
  const [interval, setInterval] = useState<number | null>(null);
  const [keepsColumns, setKeepsColumns] = useState(true);
  if (currentUpload.value?.place === currentPlace()) return <UploadProgress />;
  if (currentUpload.value) return <p class="muted">Another file is being uploaded.</p>;
  const reading = lastFile.value?.modelId === model.id ? lastFile.value.dataset : undefined;
  if (reading) return <ReadingProgress dataset={reading} />;
  return (
    <>
      <div class="choices">
        <label>
          <input type="checkbox" checked={keepsColumns} onChange={(event) => setKeepsColumns(event.currentTarget.checked)} />
          with the columns of the file
        </label>
        {model.task !== "recommendation" && <CoverageChoice model={model} value={interval} onChange={setInterval} />}
      </div>
      <DropZone title="Drop a file to predict" onFile={(file) => void predictFile(model, file, { interval, keepsColumns })}>
        or choose one (CSV, NDJSON, Parquet, Excel …, or a ZIP of pictures), with the columns that the model takes
      </DropZone>
    </>
  );
}
