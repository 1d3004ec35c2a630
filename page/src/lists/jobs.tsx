// List of all jobs; two or more can be selected for a comparison.
import type { Job } from "../api/shapes";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { setQuery, route, hrefFor } from "../shell/route";
import { isUnfinished, jobName, JobRows } from "./jobRows";
import { compareNames, ListTools, SearchScope, selectItems, type Sorting, statusFilter } from "./listTools";
import { usePages } from "./usePages";
import { nameSubject } from "../api/targets";

const STATUSES = ["queued", "running", "paused", "succeeded", "failed", "cancelled"];
const bestLoss = (job: Job): number => job.best?.validation_loss ?? job.best?.train_loss ?? Infinity;
const SORTINGS: Sorting<Job>[] = [
  { name: "name", compare: (one, other) => compareNames(jobName(one), jobName(other)) },
  { name: "lowest loss", compare: (one, other) => (bestLoss(one) < bestLoss(other) ? -1 : 1) },
];

export function JobList() {
  const filter = statusFilter(STATUSES);
  const { items, hasMore, problem, loadMore } = usePages<Job>(`/v1/jobs${filter}`, isUnfinished);
  const shown = selectItems(items ?? [], (job) => `${jobName(job)} ${nameSubject(job.spec)} ${job.status} ${job.id}`, SORTINGS);
  const selected = (route.value.query.get("compare") ?? "").split(",").filter(Boolean);
  const toggle = (id: string): void => {
    const ids = selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id];
    setQuery({ compare: ids.join(",") || null });
  };
  return (
    <>
      <header class="title">
        <h1>Jobs</h1>
        <p class="muted">
          Every training run. Select two or more to compare. <a href={hrefFor(["sweeps"])}>Searches for better settings</a> ·{" "}
          <a href={hrefFor(["webhooks"])}>Webhooks</a>
        </p>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && !filter && (
        <EmptyState title="No runs yet">
          <a href="#/">Upload a table</a>, or start with an example.
        </EmptyState>
      )}
      {((items && items.length > 0) || filter) && (
        <ListTools noun="jobs" statuses={STATUSES} sortings={SORTINGS.map(({ name }) => name)} />
      )}
      {items?.length === 0 && filter && <p class="muted">No job is in this state.</p>}
      {shown.length > 0 && <JobRows jobs={shown} selected={selected} toggle={toggle} />}
      <SearchScope shown={shown.length} loaded={items?.length ?? 0} hasMore={hasMore} />
      <div class="buttons">
        {hasMore && <button onClick={loadMore}>Load more</button>}
        {selected.length > 1 && (
          <a class="button main" href={hrefFor(["compare"], { jobs: selected.join(",") })}>
            Compare {selected.length} jobs
          </a>
        )}
      </div>
    </>
  );
}
