// Watch view of a job: its replay, predictions, net and loss first once it has ended, and its progress while it runs.
import type { Job } from "../api/shapes";
import { Filters } from "../pictures/filters";
import { seesPixels } from "../pictures/seesPixels";
import { ErrorNotice, WarningList } from "../shell/notices";
import { Reasons } from "../shell/reasons";
import { Ensemble } from "./ensemble";
import { useEpochCursor } from "./epochCursor";
import { ItemMap } from "./itemMap";
import { type JobStore, TERMINAL_STATUSES } from "./jobStore";
import { LanguageScores } from "./languageScores";
import { LayerTable } from "./layerTable";
import { LossChart } from "./lossChart";
import { Net } from "./net";
import { chooseNet } from "./netChoice";
import { Player } from "./player";
import { Predictions } from "./predictions";
import { Progress } from "./progress";
import { Samples } from "./samples";

export function Watch({ job, store }: { job: Job; store: JobStore }) {
  const cursor = useEpochCursor(job.id, chooseNet());
  const isOver = TERMINAL_STATUSES.has(job.status);
  const shared = { job, store, cursor };
  return (
    <>
      {!isOver && <Progress job={job} store={store} />}
      {job.error && <ErrorNotice problem={job.error} />}
      <Player store={store} cursor={cursor} />
      <div class="watch">
        {job.spec.task !== "recommendation" && <Predictions {...shared} />}
        <Net {...shared} />
        <LossChart {...shared} />
        {seesPixels(job.spec) && <Filters {...shared} />}
        {job.spec.task === "language" && <LanguageScores job={job} store={store} />}
        {job.spec.task === "language" && <Samples job={job} store={store} />}
        {job.spec.task === "recommendation" && <ItemMap {...shared} />}
      </div>
      {isOver && <Progress job={job} store={store} />}
      <Ensemble job={job} />
      <WarningList warnings={job.warnings} />
      <Reasons reasons={job.reasons} />
      <LayerTable store={store} cursor={cursor} />
    </>
  );
}
