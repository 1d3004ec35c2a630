// What to do with a run that has ended: use it, see its mistakes, change a setting and train again, search for better ones.
import { useState } from "preact/hooks";
import { isAllowed, Problem } from "../api/client";
import type { Job } from "../api/shapes";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { hrefFor, navigate } from "../shell/route";
import { startSweep } from "../sweeps/startSweep";
import { TERMINAL_STATUSES } from "../watch/jobStore";
import { hrefForChange } from "./changeRun";

export function NextSteps({ job }: { job: Job }) {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setIsBusy] = useState(false);
  if (!TERMINAL_STATUSES.has(job.status) || !isAllowed("train")) return null;

  const go = async (find: () => Promise<string>): Promise<void> => {
    setIsBusy(true);
    setProblem(undefined);
    try {
      navigate(await find());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setIsBusy(false);
    }
  };

  return (
    <section class="next-steps" aria-label="What next">
      {job.model_id && (
        <>
          <a class="button" href={hrefFor(["jobs", job.id, "use"])}>
            Try a prediction
          </a>
          <a class="button" href={hrefFor(["jobs", job.id, "understand"])}>
            See the mistakes
          </a>
        </>
      )}
      <button class="main" disabled={isBusy} onClick={() => void go(() => hrefForChange(job))}>
        <Icon name="play" /> Change and train again
      </button>
      <button disabled={isBusy} title="Try 30 other settings, and train the best" onClick={() => void go(() => startSweep(job.spec))}>
        Find better settings
      </button>
      {problem && <ErrorNotice problem={problem} />}
    </section>
  );
}
