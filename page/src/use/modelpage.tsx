// One model: what it is, how good it was on the rows held back, and the form that asks it.
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Model } from "../api/shapes";
import { about, ago, figure, words } from "../shell/figures";
import { Trouble, Waiting } from "../shell/notice";
import { to } from "../shell/route";
import { Ask } from "./askform";

export function ModelPage({ reference }: { reference: string }) {
  const { value: model, problem, again } = useAnswer<Model>(`/v1/models/${part(reference)}`);
  if (problem && !model) return <Trouble problem={problem} again={again} />;
  if (!model) return <Waiting what="Fetching the model" />;
  return (
    <>
      <header class="title">
        <p class="eyebrow">
          Model · {ago(model.created_at)} · <a href={to(["jobs", model.job_id])}>how it learned</a> ·{" "}
          <a href={to(["jobs", model.job_id, "understand"])}>where it errs</a>
        </p>
        <h1>
          {model.name}:{model.version} <span class="soft">predicts</span> {model.target}
        </h1>
        <p class="soft">
          {about(model.parameters)} weights
          {Object.entries(model.metrics.validation ?? {}).map(([name, value]) => ` · ${words(name)} ${figure(value, 3)}`)}
        </p>
      </header>
      <Ask model={model} />
    </>
  );
}
