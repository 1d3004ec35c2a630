// Watch view: progress, net, loss, predictions and layer statistics of a job.
import type { Job } from "../api/shapes";
import { ErrorNotice, WarningList } from "../shell/notices";
import { Reasons } from "../shell/reasons";
import { Filters } from "../pictures/filters";
import { seesPixels } from "../pictures/seesPixels";
import { Ensemble } from "./ensemble";
import { LossChart } from "./lossChart";
import { ItemMap } from "./itemMap";
import { LanguageScores } from "./languageScores";
import { LayerTable } from "./layerTable";
import { Net } from "./net";
import { Predictions } from "./predictions";
import { Progress } from "./progress";
import { Samples } from "./samples";
import type { JobStore } from "./jobStore";

export function Watch({ job, store }: { job: Job; store: JobStore }) {
  return (
    <>
      <Progress job={job} store={store} />
      {job.error && <ErrorNotice problem={job.error} />}
      <WarningList warnings={job.warnings} />
      <Reasons reasons={job.reasons} />
      <Ensemble job={job} />
      <div class="watch">
        <Net job={job} store={store} />
        <LossChart job={job} store={store} />
        {seesPixels(job.spec) && <Filters job={job} store={store} />}
        {job.spec.task === "language" && <LanguageScores job={job} store={store} />}
        {job.spec.task === "language" && <Samples job={job} store={store} />}
        {job.spec.task === "recommendation" ? <ItemMap job={job} store={store} /> : <Predictions job={job} store={store} />}
        <LayerTable store={store} />
      </div>
    </>
  );
}
