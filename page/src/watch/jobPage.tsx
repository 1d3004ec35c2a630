// Page of one job: title, verdict, and its four views.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Attempts } from "../attempts/attempts";
import { NextSteps } from "../attempts/nextSteps";
import { StatusBadge, jobName } from "../lists/jobRows";
import { isAllowed } from "../api/client";
import type { Job } from "../api/shapes";
import { formatAge, shorten } from "../shell/format";
import { EmptyState, Loading, PageProblem } from "../shell/notices";
import { hrefForTraining } from "../start/jobDraft";
import { route, hrefFor } from "../shell/route";
import { titleOfRun, useTitle } from "../shell/title";
import { TokenTour } from "../tour/tokenTour";
import { Tour } from "../tour/tour";
import { Understand } from "../understand/understand";
import { Use } from "../use/use";
import { JobStore, TERMINAL_STATUSES } from "./jobStore";
import { chooseNet } from "./netChoice";
import { Watch } from "./watch";
import { nameSubject } from "../api/targets";

/** The views that ask a net for what it says, which not every key may. */
const PREDICTING_VIEWS = new Set<string | undefined>(["use", "tour"]);
const VIEWS = [
  ["Watch", undefined],
  ["Understand", "understand"],
  ["Use", "use"],
  ["One training step", "tour"],
] as const;

export function JobPage({ id }: { id: string }) {
  const net = chooseNet();
  const store = useMemo(() => new JobStore(id), [id]);
  useEffect(() => store.show(net), [store, net]);
  useEffect(() => {
    store.start();
    return () => store.stop();
  }, [store]);

  const job = store.job.value;
  const viewName = VIEWS.find(([, path]) => path === route.value.path[2])?.[0] ?? "Watch";
  useTitle(job && titleOfRun(job, jobName(job), `${viewName} · ${jobName(job)} → ${nameSubject(job.spec)}`));
  const view = route.value.path[2];
  const isWriter = job?.spec.task === "language";
  if (store.problem.value) return <PageProblem problem={store.problem.value} />;
  if (!job) return <Loading />;
  return (
    <>
      <header class="title">
        <p class="eyebrow">
          Training run · {formatAge(job.created_at)} · <a href={hrefForTraining(job.spec)}>Dataset</a>
        </p>
        <h1>
          <bdi>{jobName(job)}</bdi> <span class="muted">→</span> <bdi title={nameSubject(job.spec)}>{shorten(nameSubject(job.spec), 60)}</bdi> <StatusBadge status={job.status} />
        </h1>
        {job.verdict && <p class="verdict">{job.verdict}</p>}
      </header>
      <NextSteps job={job} />
      <EndAnnouncement job={job} />
      <nav class="tabs" aria-label="Views of this job">
        {VIEWS.filter(([, path]) => mayOpen(path) && (path !== "tour" || isWriter || !job.unavailable?.trace)).map(([name, path]) => (
          <a
            key={name}
            href={hrefFor(["jobs", id, ...(path ? [path] : [])], { net: net > 1 ? String(net) : null })}
            aria-current={view === path ? "page" : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      {!mayOpen(view) ? (
        <EmptyState title="Not with this key">Your API key may not predict. Ask for one that may.</EmptyState>
      ) : view === "understand" ? (
        <Understand job={job} />
      ) : view === "use" ? (
        <Use job={job} />
      ) : view === "tour" ? (
        isWriter ? (
          <TokenTour job={job} />
        ) : (
          <Tour job={job} />
        )
      ) : (
        <Watch job={job} store={store} />
      )}
      <Attempts job={job} />
    </>
  );
}

const mayOpen = (view: string | undefined): boolean => !PREDICTING_VIEWS.has(view) || isAllowed("predict");

/** Tells screen readers that a training, which they have seen run, has ended. */
function EndAnnouncement({ job }: { job: Job }) {
  const hasRun = useRef(false);
  const isOver = TERMINAL_STATUSES.has(job.status);
  if (!isOver) hasRun.current = true;
  return (
    <p class="visually-hidden" role="status">
      {isOver && hasRun.current && `The training has ended: ${job.status}. ${job.verdict ?? ""}`}
    </p>
  );
}
