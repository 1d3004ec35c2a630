// Diagnosis of a run: what was found, with evidence and advice, and a training with the suggested changes.
import { Term } from "../help/term";
import { tagsOfChange } from "../attempts/changeRun";
import { post } from "../api/client";
import type { Diagnostics, Finding, Job } from "../api/shapes";
import { useAction } from "../api/useAction";
import { useRefetch } from "../api/useRefetch";
import { formatCount, formatNumber, toWords } from "../shell/format";
import { Icon } from "../shell/icon";
import { Notice, ErrorNotice, Loading } from "../shell/notices";
import { navigate, hrefFor } from "../shell/route";
import { TERMINAL_STATUSES } from "../watch/jobStore";
import { pathOfNet } from "../watch/netChoice";
import { diffSpecs } from "./specDiff";
import { patchSpec } from "./mergePatch";

/** The version of what was found after the end of the run, when it is final. */
const OVER = "over";

export function Diagnosis({ job }: { job: Job }) {
  const isOver = TERMINAL_STATUSES.has(job.status);
  const { value, problem, version } = useRefetch<Diagnostics>(
    pathOfNet(job, "diagnostics"),
    isOver ? OVER : String(job.progress.epoch),
    !isOver,
  );
  if (problem && !value) return <ErrorNotice problem={problem} />;
  if (!value) return <Loading />;
  return (
    <section class="findings" aria-labelledby="findings">
      <header class="heading">
        <h2 id="findings">
          <Term>Diagnosis</Term>
        </h2>
        {version !== OVER && value.epoch > 0 && (
          <span class="muted">so far, after {value.epoch === 1 ? "1 epoch" : `${formatCount(value.epoch)} epochs`}</span>
        )}
      </header>
      {value.findings.length === 0 && value.epoch === 0 && <p class="muted">There is nothing to check before the first epoch.</p>}
      {value.findings.length === 0 && value.epoch > 0 && (
        <Notice kind={version === OVER ? "success" : ""}>
          <p>
            No problems found{version === OVER ? "" : " so far"}. We checked for overfitting, underfitting, divergence, dead neurons, data leakage and more.
          </p>
        </Notice>
      )}
      <ul>
        {value.findings.map((finding) => (
          <li key={finding.code} class={`card ${finding.severity}`}>
            <FindingDetails finding={finding} job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function FindingDetails({ finding, job }: { finding: Finding; job: Job }) {
  const { evidence, suggested_patch: patch } = finding;
  const numbers = Object.entries(evidence.numbers);
  const [from, until] = [evidence.epochs[0], evidence.epochs.at(-1)];
  return (
    <>
      <h3>
        <Icon name={finding.severity === "info" ? "bolt" : "warning"} />
        <span class="visually-hidden">{finding.severity}: </span>
        {finding.title}
      </h3>
      <p>{finding.detail}</p>
      <p>{finding.advice}</p>
      {(numbers.length > 0 || from !== undefined) && (
        <p class="muted evidence">
          {from !== undefined && (from === until ? `epoch ${from}` : `epochs ${from} to ${until}`)}
          {numbers.map(([name, value]) => (
            <span key={name}>
              {toWords(name)} <b>{formatNumber(value, 3)}</b>
            </span>
          ))}
        </p>
      )}
      {patch && <SuggestedRun job={job} patch={patch} />}
    </>
  );
}

function SuggestedRun({ job, patch }: { job: Job; patch: Record<string, unknown> }) {
  const { isBusy, problem, run } = useAction();
  const spec = patchSpec(job.spec, patch);
  const trainAgain = async (): Promise<void> => {
    navigate(hrefFor(["jobs", (await post<Job>("/v1/jobs", { ...spec, tags: tagsOfChange(job) })).id]));
  };

  return (
    <div class="suggestion">
      <button class="small main" disabled={isBusy} onClick={() => run(trainAgain)}>
        <Icon name="play" /> Train again with these changes
      </button>
      <ul>
        {diffSpecs([job.spec, spec]).map(({ name, values }) => (
          <li key={name}>
            {toWords(name)} <s>{values[0]}</s> <Icon name="arrow" /> <b>{values[1]}</b>
          </li>
        ))}
      </ul>
      {problem && <ErrorNotice problem={problem} />}
    </div>
  );
}
