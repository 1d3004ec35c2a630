// The first page: a table goes in. What was trained lately stands below, for those who come back.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answer";
import { Problem } from "../api/ask";
import type { Dataset, Job, List } from "../api/shapes";
import { JobRows } from "../lists/jobrows";
import { Icon } from "../shell/icon";
import { Trouble } from "../shell/notice";
import { go, to } from "../shell/route";
import { Drop } from "./drop";
import { EXAMPLES, type Example } from "./examples";
import { upload, uploadExample } from "./upload";

export function Start() {
  const [busy, setBusy] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const recent = useAnswer<List<Job>>("/v1/jobs?limit=5");

  const send = async (name: string, sending: () => Promise<Dataset>, example?: Example): Promise<void> => {
    setBusy(name);
    setProblem(undefined);
    try {
      const dataset = await sending();
      const recipe = example?.recipe && JSON.stringify(example.recipe);
      go(to(["datasets", dataset.id], { target: example?.target, with: recipe }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy("");
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
          Gradus trains a neural network on your rows, on your machine, and lets you see every step: practice, feedback,
          gradual improvement.
        </p>
        <Drop busy={busy !== ""} take={(file) => void send(file.name, () => upload(file, file.name))} />
        {problem && <Trouble problem={problem} />}
      </section>
      <section aria-labelledby="examples">
        <h2 id="examples">Or begin with one of these</h2>
        <ul class="tiles">
          {EXAMPLES.map((example) => (
            <li key={example.file}>
              <button
                class="tile card"
                disabled={busy !== ""}
                onClick={() => void send(example.file, () => uploadExample(example.file), example)}
              >
                <strong>{example.title}</strong>
                <span>{example.about}</span>
                <span class="soft">
                  {busy === example.file ? "Reading …" : example.size}
                  <Icon name="arrow" />
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      {(recent.value?.data.length ?? 0) > 0 && (
        <section aria-labelledby="lately">
          <h2 id="lately">Lately</h2>
          <JobRows jobs={recent.value?.data ?? []} />
        </section>
      )}
      {recent.problem && recent.problem.status !== 401 && <Trouble problem={recent.problem} again={recent.again} />}
    </>
  );
}
