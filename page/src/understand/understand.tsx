// Understand view: diagnosis of the run, evaluation of its model, highest-loss rows and feature importance.
import { useAction } from "../api/useAction";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import { saveFile } from "../api/saveFile";
import type { Evaluation, Job, List, Model } from "../api/shapes";
import { Attention } from "../language/attention";
import { Neurons } from "../language/neurons";
import { Surprises } from "../language/surprises";
import { Icon } from "../shell/icon";
import { ErrorNotice, Loading } from "../shell/notices";
import { hrefFor, route } from "../shell/route";
import { DeletedModel } from "../use/deletedModel";
import { NoModel } from "../use/use";
import { EvaluationView, heldOutParts } from "./evaluation";
import { Diagnosis } from "./diagnosis";
import { FeatureImportance } from "./featureImportance";
import { HardExamples } from "./hardExamples";
import { RecommendationErrors } from "./recommendationErrors";
import { SimilarItems } from "./similarItems";
import { SliceView } from "./slices";
import { listTargets } from "../api/targets";

export function Understand({ job }: { job: Job }) {
  return (
    <>
      <Diagnosis job={job} />
      {job.model_id ? <ModelInsights job={job} model={job.model_id} /> : <NoModel job={job} />}
      <RunLinks job={job} />
    </>
  );
}

/** Evaluation, mistakes and feature importance of the job's model, on the same held-out rows. */
function ModelInsights({ job, model }: { job: Job; model: string }) {
  const split = heldOutParts(job).find((part) => part === route.value.query.get("split")) ?? "validation";
  const path = `/v1/models/${encodeSegment(model)}`;
  const found = useFetch<Model>(path);
  const evaluation = useFetch<Evaluation>(found.value ? `${path}/evaluation?split=${split}` : null);
  if (found.problem?.status === 404) return <DeletedModel dataset={job.spec.dataset_id} target={listTargets(job.spec)[0]} />;
  if (found.problem && !found.value) return <ErrorNotice problem={found.problem} retry={found.refetch} />;
  if (!found.value) return <Loading />;
  return (
    <>
      <EvaluationView job={job} split={split} evaluation={evaluation} />
      {job.spec.task === "recommendation" && <SimilarItems model={model} />}
      {job.spec.task === "recommendation" && <RecommendationErrors job={job} model={model} split={split} />}
      {job.spec.task === "language" && (
        <>
          <Surprises model={model} split={split} />
          <Attention model={model} />
          <Neurons model={model} />
        </>
      )}
      {!job.unavailable?.slices && <SliceView model={model} split={split} />}
      {!job.unavailable?.hard_examples && <HardExamples job={job} model={found.value} split={split} evaluation={evaluation.value} />}
      {!job.unavailable?.importance && <FeatureImportance model={found.value} />}
    </>
  );
}

const MAX_OTHER_JOBS = 3;

/** Links to a comparison with other jobs on the same dataset, and the report. */
function RunLinks({ job }: { job: Job }) {
  const path = `/v1/jobs?limit=${MAX_OTHER_JOBS + 1}&dataset_id=${encodeSegment(job.spec.dataset_id)}`;
  const others = useFetch<List<Job>>(path).value?.data.filter(({ id }) => id !== job.id) ?? [];
  const { isBusy, problem, run } = useAction();
  const saveReport = (): Promise<void> =>
    saveFile(`/v1/jobs/${encodeSegment(job.id)}/report`, `${job.spec.model_name ?? job.id}-report.html`, { Accept: "text/html" });

  return (
    <section aria-label="Compare and save">
      <div class="buttons">
        {others.length > 0 && (
          <a class="button" href={hrefFor(["compare"], { jobs: [job, ...others.slice(0, MAX_OTHER_JOBS)].map(({ id }) => id).join(",") })}>
            <Icon name="layers" /> Compare with recent runs on this dataset
          </a>
        )}
        <button disabled={isBusy} onClick={() => run(saveReport)}>
          <Icon name="file" /> Save the report
        </button>
      </div>
      {problem && <ErrorNotice problem={problem} />}
    </section>
  );
}
