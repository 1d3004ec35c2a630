// Use view: the form of the job's model, or when there will be one.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Job, Model } from "../api/shapes";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefForTraining } from "../start/jobDraft";
import { DeletedModel } from "./deletedModel";
import { ModelForm } from "./modelForm";

export function Use({ job }: { job: Job }) {
  const { value: model, problem, refetch } = useFetch<Model>(job.model_id && `/v1/models/${encodeSegment(job.model_id)}`);
  if (!job.model_id) return <NoModel job={job} />;
  if (problem?.status === 404) return <DeletedModel dataset={job.spec.dataset_id} target={job.spec.target} />;
  if (problem && !model) return <ErrorNotice problem={problem} retry={refetch} />;
  if (!model) return <Loading />;
  return <ModelForm model={model} />;
}

export function NoModel({ job }: { job: Job }) {
  const hasEnded = job.status === "failed" || job.status === "cancelled" || job.status === "succeeded";
  return (
    <EmptyState title={hasEnded ? "No model" : "Still training"}>
      {hasEnded ? (
        <a href={hrefForTraining(job.spec)}>Train again on this dataset</a>
      ) : (
        "You can use the model when training ends, or press Finish to keep the best so far."
      )}
    </EmptyState>
  );
}
