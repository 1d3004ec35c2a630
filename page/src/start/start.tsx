// Start page: upload a table or choose an example; recent jobs below.
import { useState } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { Problem } from "../api/client";
import type { Dataset, Job, List } from "../api/shapes";
import { JobRows } from "../lists/jobRows";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { navigate, hrefFor } from "../shell/route";
import { DropZone } from "./dropZone";
import { EXAMPLES, type Example } from "./examples";
import { uploadTable, uploadExample } from "./upload";

export function StartPage() {
  const [uploading, setUploading] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const recent = useFetch<List<Job>>("/v1/jobs?limit=5");

  const uploadAndOpen = async (name: string, uploadDataset: () => Promise<Dataset>, example?: Example): Promise<void> => {
    setUploading(name);
    setProblem(undefined);
    try {
      const dataset = await uploadDataset();
      const settings = example?.settings && JSON.stringify(example.settings);
      navigate(hrefFor(["datasets", dataset.id], { target: example?.target, with: settings }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setUploading("");
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
          gradual improvement.
        </p>
        <DropZone isUploading={uploading !== ""} onFile={(file) => void uploadAndOpen(file.name, () => uploadTable(file, file.name))} />
        {problem && <ErrorNotice problem={problem} />}
      </section>
      <section aria-labelledby="examples">
        <h2 id="examples">Or start with an example</h2>
        <ul class="tiles">
          {EXAMPLES.map((example) => (
            <li key={example.file}>
              <button
                class="tile card"
                disabled={uploading !== ""}
                onClick={() => void uploadAndOpen(example.file, () => uploadExample(example.file), example)}
              >
                <strong>{example.title}</strong>
                <span>{example.description}</span>
                <span class="muted">
                  {uploading === example.file ? "Uploading …" : example.size}
                  <Icon name="arrow" />
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
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
