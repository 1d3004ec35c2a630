// Training panel: task, estimate, warnings, the Train button, and the advanced settings.
import { useState } from "preact/hooks";
import { post, Problem } from "../api/client";
import type { Job } from "../api/shapes";
import { formatCompact, formatBytes, formatDuration, formatPointer } from "../shell/format";
import { Icon } from "../shell/icon";
import { Notice, ErrorNotice } from "../shell/notices";
import { setQuery, navigate, route, hrefFor } from "../shell/route";
import { draftSpec, useValidation } from "./jobDraft";
import { Settings } from "./settings";

export function TrainPanel({ datasetId, target }: { datasetId: string; target: string }) {
  const draft = draftSpec(datasetId, target);
  const { validation, problem, spec } = useValidation(draft);
  const [isSubmitting, setIsSubmitting] = useState(false);
  const [submitProblem, setSubmitProblem] = useState<Problem>();
  const isExpanded = route.value.query.get("more") === "1";

  const train = async (): Promise<void> => {
    setIsSubmitting(true);
    setSubmitProblem(undefined);
    try {
      const job = await post<Job>("/v1/jobs", draft);
      navigate(hrefFor(["jobs", job.id]));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setSubmitProblem(error);
      setIsSubmitting(false);
    }
  };

  return (
    <section class="panel card" aria-labelledby="train">
      <h2 id="train">
        Predict <em>{target}</em>
      </h2>
      <p class="muted">
        {spec?.task === "regression" && (
          <>
            <strong>Regression</strong> · predicts a number
          </>
        )}
        {spec?.task === "classification" && (
          <>
            <strong>Classification</strong> · predicts which category a row belongs to, with a probability for each
          </>
        )}
      </p>
      {validation?.estimate && (
        <dl class="estimate">
          <div>
            <dt>parameters</dt>
            <dd>{formatCompact(validation.estimate.parameters)}</dd>
          </div>
          <div>
            <dt>estimated time (max)</dt>
            <dd>{formatDuration(validation.estimate.seconds_per_epoch * (spec?.epochs ?? 0))}</dd>
          </div>
          <div>
            <dt>estimated memory</dt>
            <dd>{formatBytes(validation.estimate.memory_bytes)}</dd>
          </div>
        </dl>
      )}
      <div aria-live="polite">
        {validation?.errors.map((error) => (
          <Notice key={error.pointer + error.code} kind="caution">
            <strong>{formatPointer(error.pointer)}</strong> {error.detail}
            {error.suggestion ? `; did you mean ${error.suggestion}?` : ""}
          </Notice>
        ))}
        {validation?.warnings.map((warning) => (
          <Notice key={warning}>{warning}</Notice>
        ))}
      </div>
      {(submitProblem ?? problem) && <ErrorNotice problem={(submitProblem ?? problem) as Problem} />}
      <button class="main wide" disabled={isSubmitting || validation?.valid === false} onClick={() => void train()}>
        <Icon name="play" /> {isSubmitting ? "Starting …" : "Train"}
      </button>
      <button
        class="quiet wide"
        aria-expanded={isExpanded}
        aria-controls="settings"
        onClick={() => setQuery({ more: isExpanded ? null : "1" })}
      >
        <Icon name={isExpanded ? "minus" : "plus"} /> Advanced settings
      </button>
      <div id="settings" hidden={!isExpanded}>
        {isExpanded && spec && <Settings spec={{ ...spec, ...draft }} errors={validation?.errors ?? []} />}
      </div>
    </section>
  );
}
