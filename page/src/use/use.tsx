// The model of a job, ready to be asked; or a word about when it will be.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Job, Model } from "../api/shapes";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { PredictForm } from "./predictForm";

export function Use({ job }: { job: Job }) {
  const { value: model, problem, refetch } = useFetch<Model>(job.model_id && `/v1/models/${encodeSegment(job.model_id)}`);
  if (!job.model_id) return <NoModel job={job} />;
  if (problem && !model) return <ErrorNotice problem={problem} retry={refetch} />;
  return model ? <PredictForm model={model} /> : <Loading what="Fetching the model" />;
}

export function NoModel({ job }: { job: Job }) {
  const hasEnded = job.status === "failed" || job.status === "cancelled" || job.status === "succeeded";
  return (
    <EmptyState title={hasEnded ? "This job left no model" : "It is still learning"}>
      {hasEnded ? (
        <a href={hrefFor(["datasets", job.spec.dataset_id], { target: job.spec.target })}>Train again on the same table</a>
      ) : (
        "A model comes out at the end; Finish ends it now, with the best net so far."
      )}
    </EmptyState>
  );
}
