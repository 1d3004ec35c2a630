// Model page: validation metrics, and the form that predicts.
import { useFetch } from "../api/useFetch";
import { encodeSegment, isAllowed } from "../api/client";
import type { Model } from "../api/shapes";
import { nameAction, nameSubject } from "../api/targets";
import { formatCompact, formatAge, formatMetric, shorten, toWords } from "../shell/format";
import { Loading, PageProblem } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { DeletedModel } from "./deletedModel";
import { useTitle } from "../shell/title";
import { ShareForm } from "../keys/shareForm";
import { ModelForm } from "./modelForm";

export function ModelPage({ reference }: { reference: string }) {
  const { value: model, problem, refetch } = useFetch<Model>(`/v1/models/${encodeSegment(reference)}`);
  useTitle(model && `${model.name}:${model.version} · Model`);
  if (problem?.status === 404 && model) return <DeletedModel dataset={model.dataset_id} target={model.target} />;
  if (problem && !model) return <PageProblem problem={problem} retry={refetch} />;
  if (!model) return <Loading />;
  return (
    <>
      <header class="title">
        <p class="eyebrow">
          Model · {formatAge(model.created_at)}
          {isAllowed("read") && (
            <>
              {" · "}
              <a href={hrefFor(["jobs", model.job_id])}>Training run</a> · <a href={hrefFor(["jobs", model.job_id, "understand"])}>Evaluation</a>
            </>
          )}
        </p>
        <h1>
          {model.name}:{model.version} <span class="muted">{nameAction(model)}</span>{" "}
          <bdi title={nameSubject(model)}>{shorten(nameSubject(model), 60)}</bdi>
        </h1>
        <p class="muted">
          {formatCompact(model.parameters)} weights and biases
          {Object.entries(model.metrics.validation ?? {}).map(([name, value]) => ` · ${toWords(name)} ${formatMetric(name, value)}`)}
        </p>
        {isAllowed("read") && <ShareForm model={model} />}
      </header>
      <ModelForm model={model} />
    </>
  );
}
