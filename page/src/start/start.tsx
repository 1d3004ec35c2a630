// Start page: upload a table or choose an example; recent jobs below.
import { useState } from "preact/hooks";
import { isAllowed, Problem } from "../api/client";
import { useLive } from "../api/useLive";
import type { Dataset, Job, List } from "../api/shapes";
import { hasUnfinishedJobs, JobRows } from "../lists/jobRows";
import { GuideOffer } from "../help/guideCard";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { navigate, hrefFor, route } from "../shell/route";
import { DropZone } from "./dropZone";
import { EXAMPLES, type Example } from "./examples";
import { KeyNotice } from "./keyNotice";
import { chooseReadOptions } from "./textFiles";
import { AbortError, currentUpload, endedUpload, uploadTable, uploadExample } from "./upload";
import { UploadProgress } from "./uploadProgress";

export function StartPage() {
  const [problem, setProblem] = useState<Problem>();
  const mayRead = isAllowed("read");
  const recent = useLive<List<Job>>(mayRead ? "/v1/jobs?limit=5" : null, hasUnfinishedJobs);
  const isUploading = currentUpload.value !== null;

  const uploadAndOpen = async (name: string, uploadDataset: () => Promise<Dataset>, example?: Example): Promise<void> => {
    if (currentUpload.peek()) return;
    setProblem(undefined);
    endedUpload.value = null;
    // what is read on another page meanwhile is not left
    const isHere = (): boolean => route.peek().path.length === 0;
    try {
      const dataset = await uploadDataset();
      const settings = example?.settings && JSON.stringify(example.settings);
      const address = hrefFor(["datasets", dataset.id], { target: example?.target, with: settings });
      if (isHere()) navigate(address);
      else endedUpload.value = { name, dataset, address };
    } catch (error) {
      if (error instanceof AbortError) return;
      if (!(error instanceof Problem)) throw error;
      if (isHere()) setProblem(error);
      else endedUpload.value = { name, problem: error };
    }
  };

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
          <DropZone onFile={(file) => void uploadAndOpen(file.name, async () => uploadTable(file, file.name, await chooseReadOptions(file)))} />
        )}
        {problem && <ErrorNotice problem={problem} />}
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
                onClick={() => void uploadAndOpen(example.file, () => uploadExample(example.file), example)}
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
