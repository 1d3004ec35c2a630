// What was noticed about a run, in plain words, and the spec that would mend it, one press away.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answer";
import { part, post, Problem } from "../api/ask";
import type { Finding } from "../api/insight";
import type { Job } from "../api/shapes";
import { figure, words } from "../shell/figures";
import { Icon } from "../shell/icon";
import { Hint, Trouble } from "../shell/notice";
import { go, to } from "../shell/route";
import { differences } from "./differences";
import { patched } from "./patched";

export function Findings({ job }: { job: Job }) {
  const { value, problem, again } = useAnswer<{ epoch: number; findings: Finding[] }>(
    `/v1/jobs/${part(job.id)}/diagnostics`,
  );
  if (problem && !value) return <Trouble problem={problem} again={again} />;
  if (!value) return null;
  return (
    <section class="findings" aria-labelledby="findings">
      <h2 id="findings">What was noticed</h2>
      {value.findings.length === 0 && (
        <Hint kind="good">
          <p>Nothing to worry about{job.status === "running" ? " so far" : ""}: none of the usual troubles was found.</p>
        </Hint>
      )}
      <ul>
        {value.findings.map((finding) => (
          <li key={finding.code} class={`card ${finding.severity}`}>
            <Told finding={finding} job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Told({ finding, job }: { finding: Finding; job: Job }) {
  const { evidence, suggested_patch: patch } = finding;
  const numbers = Object.entries(evidence.numbers);
  const [from, until] = [evidence.epochs[0], evidence.epochs.at(-1)];
  return (
    <>
      <h3>
        <Icon name={finding.severity === "info" ? "bolt" : "warning"} />
        <span class="unseen">{finding.severity}: </span>
        {finding.title}
      </h3>
      <p>{finding.detail}</p>
      <p>{finding.advice}</p>
      {(numbers.length > 0 || from !== undefined) && (
        <p class="soft evidence">
          {from !== undefined && (from === until ? `epoch ${from}` : `epochs ${from} to ${until}`)}
          {numbers.map(([name, value]) => (
            <span key={name}>
              {words(name)} <b>{figure(value, 3)}</b>
            </span>
          ))}
        </p>
      )}
      {patch && <Instead job={job} patch={patch} />}
    </>
  );
}

function Instead({ job, patch }: { job: Job; patch: Record<string, unknown> }) {
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const spec = patched(job.spec, patch);

  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      go(to(["jobs", (await post<Job>("/v1/jobs", spec)).id]));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };

  return (
    <div class="instead">
      <button class="small main" disabled={busy} onClick={() => void run()}>
        <Icon name="play" /> Run this instead
      </button>
      <ul>
        {differences([job.spec, spec]).map(({ name, values }) => (
          <li key={name}>
            {words(name)} <s>{values[0]}</s> <Icon name="arrow" /> <b>{values[1]}</b>
          </li>
        ))}
      </ul>
      {problem && <Trouble problem={problem} />}
    </div>
  );
}
