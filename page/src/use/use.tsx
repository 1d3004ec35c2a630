// The model of a job, ready to be asked; or a word about when it will be.
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Job, Model } from "../api/shapes";
import { Empty, Trouble, Waiting } from "../shell/notice";
import { to } from "../shell/route";
import { Ask } from "./askform";

export function Use({ job }: { job: Job }) {
  const { value: model, problem, again } = useAnswer<Model>(job.model_id && `/v1/models/${part(job.model_id)}`);
  if (!job.model_id) return <NoModel job={job} />;
  if (problem && !model) return <Trouble problem={problem} again={again} />;
  return model ? <Ask model={model} /> : <Waiting what="Fetching the model" />;
}

export function NoModel({ job }: { job: Job }) {
  const over = job.status === "failed" || job.status === "cancelled" || job.status === "succeeded";
  return (
    <Empty title={over ? "This job left no model" : "It is still learning"}>
      {over ? (
        <a href={to(["datasets", job.spec.dataset_id], { target: job.spec.target })}>Train again on the same table</a>
      ) : (
        "A model comes out at the end; Finish ends it now, with the best net so far."
      )}
    </Empty>
  );
}
