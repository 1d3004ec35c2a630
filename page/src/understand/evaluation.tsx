// Evaluation of a model on held-out data.
import type { FetchState } from "../api/useFetch";
import type { Evaluation, Job } from "../api/shapes";
import { Term } from "../help/term";
import { ErrorNotice, Loading } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { usePictureSource } from "../shell/rowPicture";
import { ProgressiveRender } from "../shell/progressiveRender";
import { ScatterPlot } from "../watch/scatter";
import { Calibration } from "./calibration";
import { ConfusionMatrix } from "./confusionMatrix";
import { Coverage } from "./coverage";
import { Gains } from "./gains";
import { PrecisionRecall } from "./precisionRecall";
import { Residuals } from "./residuals";
import { RocCurve } from "./rocCurve";
import { ClassScores, Scores } from "./scores";
import { Thresholds } from "./thresholds";

export type HeldOutPart = "validation" | "test";

/** The parts of the table that the job was not trained on. */
export const heldOutParts = (job: Job): HeldOutPart[] => (job.spec.split.test > 0 || job.spec.split.column ? ["validation", "test"] : ["validation"]);

interface Props {
  job: Job;
  split: HeldOutPart;
  evaluation: FetchState<Evaluation>;
}

export function EvaluationView({ job, split, evaluation: { value, problem, refetch } }: Props) {
  const parts = heldOutParts(job);
  const source = usePictureSource(job.spec.dataset_id);
  const wanted = route.value.query.get("target");
  const chosen = value?.targets?.find(({ target }) => target === wanted) ?? value?.targets?.[0];
  const { scatter, residuals } = chosen ?? value ?? {};
  return (
    <section aria-labelledby="evaluation">
      <header class="heading">
        <h2 id="evaluation">
          Results on <Term name="held-out rows">held-out data</Term>
        </h2>
        {parts.length > 1 && (
          <label class="choices">
            <span class="muted">Data:</span>
            <select value={split} onChange={(event) => setQuery({ split: event.currentTarget.value })}>
              {parts.map((part) => (
                <option key={part}>{part}</option>
              ))}
            </select>
          </label>
        )}
      </header>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {!value && !problem && <Loading />}
      {value && (
        <div class="charts">
          <ProgressiveRender>
            <Scores evaluation={value} baselines={split === "validation" ? job.baselines : undefined} />
            {value.labels && value.confusion && (
              <ConfusionMatrix
                labels={value.labels}
                counts={value.confusion}
                pictures={source && job.model_id ? { job: job.id, model: job.model_id, split, source } : undefined}
              />
            )}
            {value.classes && <ClassScores classes={value.classes} />}
            {value.thresholds && <Thresholds table={value.thresholds} other={value.labels?.find((label) => label !== value.thresholds?.label) ?? ""} />}
            {value.thresholds && <Gains table={value.thresholds} />}
            {value.calibration && <Calibration calibration={value.calibration} />}
            {value.roc && value.roc.length > 0 && (
              <RocCurve curves={value.roc} average={value.roc_average} classes={value.labels?.length ?? value.roc.length} />
            )}
            {value.precision_recall && value.classes && (
              <PrecisionRecall curves={value.precision_recall} classes={value.classes} rows={value.rows} />
            )}
            {value.targets && <TargetChooser targets={value.targets.map(({ target }) => target)} chosen={chosen?.target} />}
            {scatter && (
              <section class="card" aria-labelledby="against">
                <header>
                  <h3 id="against">Predicted against actual</h3>
                </header>
                <ScatterPlot pairs={scatter} />
              </section>
            )}
            {residuals && <Residuals residuals={residuals} />}
            {value.coverage && value.coverage.length > 0 && <Coverage coverage={value.coverage} rows={value.rows} isOfClasses={value.labels !== null} />}
          </ProgressiveRender>
        </div>
      )}
    </section>
  );
}

/** Which of several targets the charts are of. */
function TargetChooser({ targets, chosen }: { targets: string[]; chosen: string | undefined }) {
  return (
    <label class="choices">
      <span class="muted">Target:</span>
      <select value={chosen} onChange={(event) => setQuery({ target: event.currentTarget.value })}>
        {targets.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
