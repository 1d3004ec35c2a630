// What to do with a run that has ended: use it, see its mistakes, change a setting and train again, search for better ones.
import { isAllowed } from "../api/client";
import type { Job } from "../api/shapes";
import { useAction } from "../api/useAction";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { hrefFor, navigate } from "../shell/route";
import { startSweep } from "../sweeps/startSweep";
import { TERMINAL_STATUSES } from "../watch/jobStore";
import { hrefForChange } from "./changeRun";

export function NextSteps({ job }: { job: Job }) {
  const { isBusy, problem, run } = useAction();
  if (!TERMINAL_STATUSES.has(job.status) || !isAllowed("train")) return null;

  const go = (find: () => Promise<string>): void => run(async () => navigate(await find()));

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
      <button class="main" disabled={isBusy} onClick={() => go(() => hrefForChange(job))}>
        <Icon name="play" /> Change and train again
      </button>
      <button disabled={isBusy} title="Try 30 other settings, and train the best" onClick={() => go(() => startSweep(job.spec))}>
        Find better settings
      </button>
      {problem && <ErrorNotice problem={problem} />}
    </section>
  );
}
