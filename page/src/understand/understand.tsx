// Why a run went as it did, and where its model errs.
import { useState } from "preact/hooks";
import { useAnswer } from "../api/answer";
import { call, part, Problem } from "../api/ask";
import type { Job, List } from "../api/shapes";
import { Icon } from "../shell/icon";
import { Trouble } from "../shell/notice";
import { to } from "../shell/route";
import { NoModel } from "../use/use";
import { EvaluationView } from "./evaluation";
import { Findings } from "./findings";
import { ImportanceView } from "./importance";
import { Mistakes } from "./mistakes";

export function Understand({ job }: { job: Job }) {
  return (
    <>
      <Findings job={job} />
      {job.model_id ? (
        <>
          <EvaluationView model={job.model_id} />
          <Mistakes job={job} model={job.model_id} />
          <ImportanceView model={job.model_id} />
        </>
      ) : (
        <NoModel job={job} />
      )}
      <Further job={job} />
    </>
  );
}

const OTHERS = 3;

/** The ways on: other jobs on the same table, and the report to take along. */
function Further({ job }: { job: Job }) {
  const path = `/v1/jobs?limit=${OTHERS + 1}&dataset_id=${part(job.spec.dataset_id)}`;
  const others = useAnswer<List<Job>>(path).value?.data.filter(({ id }) => id !== job.id) ?? [];
  const [problem, setProblem] = useState<Problem>();

  const save = async (): Promise<void> => {
    try {
      const report = await call(`/v1/jobs/${part(job.id)}/report`, { headers: { Accept: "text/html" } });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await report.blob());
      link.download = `${job.spec.model_name ?? job.id}-report.html`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };

  return (
    <section aria-label="Further">
      <div class="buttons">
        {others.length > 0 && (
          <a class="button" href={to(["compare"], { jobs: [job, ...others.slice(0, OTHERS)].map(({ id }) => id).join(",") })}>
            <Icon name="layers" /> Compare with the last jobs on this table
          </a>
        )}
        <button onClick={() => void save()}>
          <Icon name="file" /> Save the report
        </button>
      </div>
      {problem && <Trouble problem={problem} />}
    </section>
  );
}
