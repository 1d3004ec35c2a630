// List of all jobs, newest first; two or more can be selected for a comparison.
import type { Job } from "../api/shapes";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { setQuery, route, hrefFor } from "../shell/route";
import { JobRows } from "./jobRows";
import { usePages } from "./usePages";

export function JobList() {
  const { items, hasMore, problem, loadMore } = usePages<Job>("/v1/jobs");
  const selected = (route.value.query.get("compare") ?? "").split(",").filter(Boolean);
  const toggle = (id: string): void => {
    const ids = selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id];
    setQuery({ compare: ids.join(",") || null });
  };
  return (
    <>
      <header class="title">
        <h1>Jobs</h1>
        <p class="muted">Every training run. Select two or more to compare.</p>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title="No runs yet">
          <a href="#/">Upload a table</a>, or start with an example.
        </EmptyState>
      )}
      {items && items.length > 0 && <JobRows jobs={items} selected={selected} toggle={toggle} />}
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
