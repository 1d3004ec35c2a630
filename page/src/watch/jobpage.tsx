// One job, from the first epoch to the last question asked of its model: the frame around its four views.
import { useEffect, useMemo } from "preact/hooks";
import { Status, jobName } from "../lists/jobrows";
import { ago } from "../shell/figures";
import { Trouble, Waiting } from "../shell/notice";
import { route, to } from "../shell/route";
import { Tour } from "../tour/tour";
import { Understand } from "../understand/understand";
import { Use } from "../use/use";
import { Story } from "./story";
import { Watch } from "./watch";

const VIEWS = [
  ["Watch", undefined],
  ["Understand", "understand"],
  ["Use", "use"],
  ["Tour", "tour"],
] as const;

export function JobPage({ id }: { id: string }) {
  const story = useMemo(() => new Story(id), [id]);
  useEffect(() => {
    story.start();
    return () => story.stop();
  }, [story]);

  const job = story.job.value;
  const view = route.value.path[2];
  if (story.problem.value) return <Trouble problem={story.problem.value} />;
  if (!job) return <Waiting what="Fetching the job" />;
  return (
    <>
      <header class="title">
        <p class="eyebrow">
          Job · {ago(job.created_at)} · <a href={to(["datasets", job.spec.dataset_id], { target: job.spec.target })}>its table</a>
        </p>
        <h1>
          {jobName(job)} <span class="soft">learns</span> {job.spec.target} <Status status={job.status} />
        </h1>
        {job.verdict && <p class="verdict">{job.verdict}</p>}
      </header>
      <nav class="tabs" aria-label="Views of this job">
        {VIEWS.map(([name, path]) => (
          <a
            key={name}
            href={to(["jobs", id, ...(path ? [path] : [])])}
            aria-current={view === path ? "page" : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      {view === "understand" ? (
        <Understand job={job} />
      ) : view === "use" ? (
        <Use job={job} />
      ) : view === "tour" ? (
        <Tour job={job} />
      ) : (
        <Watch job={job} story={story} />
      )}
    </>
  );
}
