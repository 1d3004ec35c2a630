// Start page: upload a table or choose an example; recent jobs below.
import { useEffect } from "preact/hooks";
import { isAllowed } from "../api/client";
import { useLive } from "../api/useLive";
import type { Job, List } from "../api/shapes";
import { hasUnfinishedJobs, JobRows } from "../lists/jobRows";
import { GuideOffer } from "../help/guideCard";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { DropZone } from "./dropZone";
import { EXAMPLES } from "./examples";
import { KeyNotice } from "./keyNotice";
import { openExample, openFile, uploadProblem } from "./openUpload";
import { currentUpload } from "./upload";
import { UploadProgress } from "./uploadProgress";

export function StartPage() {
  const mayRead = isAllowed("read");
  const recent = useLive<List<Job>>(mayRead ? "/v1/jobs?limit=5" : null, hasUnfinishedJobs);
  const isUploading = currentUpload.value !== null;

  useEffect(() => () => void (uploadProblem.value = undefined), []);

  return (
    <>
      <section class="hero">
        <h1>
          Show it a table.
          <br />
          <em>Watch it learn.</em>
        </h1>
        <p class="lead">
          Gradus trains a neural network on your data, on your machine, and lets you see every step: practice, feedback,
          gradual improvement. Show it a text, and watch it learn to write.
        </p>
        {!isAllowed("train") ? (
          <KeyNotice />
        ) : isUploading ? (
          <UploadProgress />
        ) : (
          <DropZone title="Drop a CSV here" onFile={(file) => void openFile(file)}>
            or choose a file (CSV, TSV, Excel, JSON, Parquet …) · first row = column names. Pictures: a folder, or a ZIP of it, with
            a folder a class. A text to write from: .txt, .md
          </DropZone>
        )}
        {uploadProblem.value && <ErrorNotice problem={uploadProblem.value} />}
        {recent.value?.data.length === 0 && <GuideOffer />}
      </section>
      {isAllowed("train") && <section aria-labelledby="examples">
        <h2 id="examples">Or start with an example</h2>
        <ul class="tiles">
          {EXAMPLES.map((example) => (
            <li key={example.file}>
              <button
                class="tile card"
                disabled={isUploading}
                onClick={() => void openExample(example)}
              >
                <strong>{example.title}</strong>
                <span>{example.description}</span>
                <span class="muted">
                  {currentUpload.value?.name === example.file ? "Uploading …" : example.size}
                  <Icon name="arrow" />
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>}
      {(recent.value?.data.length ?? 0) > 0 && (
        <section aria-labelledby="recent">
          <h2 id="recent">Recent</h2>
          <JobRows jobs={recent.value?.data ?? []} />
        </section>
      )}
      {recent.problem && recent.problem.status !== 401 && <ErrorNotice problem={recent.problem} retry={recent.refetch} />}
    </>
  );
}
