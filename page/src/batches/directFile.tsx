// Prediction of a file by a key that may not upload: its rows go straight to the model, and the answers come back.
import { useEffect, useState } from "preact/hooks";
import { access, encodeSegment, Problem } from "../api/client";
import { saveBlob } from "../api/saveFile";
import type { Model } from "../api/shapes";
import { formatBytes } from "../shell/format";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { currentPlace } from "../shell/route";
import { DropZone } from "../start/dropZone";
import { AbortError, currentUpload, sendFile } from "../start/upload";
import { UploadProgress } from "../start/uploadProgress";
import { CoverageChoice } from "./coverageChoice";
import { FirstRows } from "./firstRows";
import { HEAD_BYTES, MAX_ROWS } from "./outputHead";
import { parseCsv } from "./parseOutput";

const CSV = "text/csv";
const EXTENSIONS = [".csv", ".tsv", ".txt"];

interface Answers {
  /** The name of the file, without its ending. */
  name: string;
  csv: string;
}

export function DirectFile({ model }: { model: Model }) {
  const [interval, setInterval] = useState<number | null>(null);
  const [answers, setAnswers] = useState<Answers>();
  const [problem, setProblem] = useState<Problem>();
  const maxBytes = access.value?.max_body_bytes ?? Infinity;
  useEffect(() => () => currentUpload.peek()?.cancel(), []);

  const predict = async (file: File): Promise<void> => {
    setAnswers(undefined);
    setProblem(file.size > maxBytes ? refuseSize(file, maxBytes) : undefined);
    if (file.size > maxBytes) return;
    const query = new URLSearchParams({ unknown: "ignore", bad_rows: "skip", ...(interval ? { interval: String(interval) } : {}) });
    const headers = { "Content-Type": CSV, Accept: CSV };
    try {
      const path = `/v1/models/${encodeSegment(model.id)}/predict?${query}`;
      const { text } = await sendFile(path, file, { name: file.name, headers, work: "Predicting", place: currentPlace() });
      setAnswers({ name: file.name.replace(/\.[^.]+$/, ""), csv: text });
    } catch (error) {
      if (error instanceof AbortError) return;
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    }
  };

  return (
    <>
      {currentUpload.value ? (
        <UploadProgress />
      ) : (
        <>
          <div class="choices">
            <CoverageChoice model={model} value={interval} onChange={setInterval} />
          </div>
          <DropZone title="Drop a file to predict" extensions={EXTENSIONS} onFile={(file) => void predict(file)}>
            or choose one: CSV with the columns that the model takes{Number.isFinite(maxBytes) && `, up to ${formatBytes(maxBytes)}`}
          </DropZone>
        </>
      )}
      {problem && <ErrorNotice problem={problem} />}
      {answers && <SavedAnswers answers={answers} />}
    </>
  );
}

function SavedAnswers({ answers: { name, csv } }: { answers: Answers }) {
  const head = csv.slice(0, HEAD_BYTES);
  return (
    <>
      <p class="muted" role="status">
        A line for each row of <bdi>{name}</bdi>, in its order; what could not be read stands under <code>warnings</code>.
      </p>
      <div class="buttons">
        <button class="small main" onClick={() => saveBlob(new Blob([csv], { type: CSV }), `${name}-predictions.csv`)}>
          <Icon name="file" /> Save as CSV
        </button>
      </div>
      <FirstRows table={parseCsv(head, MAX_ROWS + 1, head.length === csv.length)} name={name} />
    </>
  );
}

function refuseSize({ name, size }: File, maxBytes: number): Problem {
  const detail = `${name} has ${formatBytes(size)}, and at most ${formatBytes(maxBytes)} are predicted at once. Divide it, or use a key that may upload (scope train).`;
  return new Problem(413, { title: "The file is too large", detail });
}
