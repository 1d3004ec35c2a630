// List of all jobs: searched, filtered, sorted and renewed while one looks; several are compared or deleted.
import type { Job } from "../api/shapes";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { route, hrefFor } from "../shell/route";
import { ActiveFilters, Choices, isFiltered, SearchBox, SortSelect, useFilters } from "./filters";
import { isUnfinished } from "./jobRows";
import { JobTable } from "./jobTable";
import { PagerButtons } from "./pagerButtons";
import { selectedIds, SelectionBar } from "./selection";
import { usePager } from "./usePager";

const STATUSES = ["queued", "running", "paused", "succeeded", "failed", "cancelled"];
const TASKS = ["classification", "regression", "recommendation", "language"];
const FILTERS = ["q", "status", "task", "tag", "dataset_id", "sort"];
const SORTINGS: [string, string][] = [
  ["created", "oldest first"],
  ["name", "name"],
  ["score", "best score first"],
  ["-score", "worst score first"],
  ["status", "status"],
];
const CURVE_POINTS = "24";

export function JobList() {
  const path = useFilters("/v1/jobs", FILTERS, { curve: CURVE_POINTS });
  const pager = usePager<Job>(path, isUnfinished);
  const { items, problem } = pager;
  const { query } = route.value;
  const selected = selectedIds();
  const dataset = items?.find(({ spec }) => spec.dataset_id === query.get("dataset_id"))?.dataset_name;
  const isEmpty = items?.length === 0 && pager.page === 1;
  return (
    <>
      <header class="title">
        <h1>Jobs</h1>
        <p class="muted">
          Every training run. Select two or more to compare. <a href={hrefFor(["sweeps"])}>Searches for better settings</a> ·{" "}
          <a href={hrefFor(["webhooks"])}>Webhooks</a>
        </p>
      </header>
      {problem && <ErrorNotice problem={problem} retry={pager.refresh} />}
      {!items && !problem && <Loading />}
      {isEmpty && !isFiltered(FILTERS) ? (
        <EmptyState title="No runs yet">
          <a href="#/">Upload a table</a>, or start with an example.
        </EmptyState>
      ) : (
        <div class="list-tools">
          <SearchBox noun="jobs" />
          <SortSelect options={SORTINGS} />
          <Choices label="Status" name="status" options={STATUSES} />
          <Choices label="Task" name="task" options={TASKS} isSingle />
          <ActiveFilters names={{ tag: query.get("tag") ?? "", dataset_id: dataset ?? "dataset" }} />
        </div>
      )}
      <p class="visually-hidden" role="status">
        {isEmpty ? "Nothing found" : ""}
      </p>
      {isEmpty && isFiltered(FILTERS) && <p class="muted">Nothing found. Take off a filter, or search for less.</p>}
      <div class={pager.isStale ? "stale" : ""}>{items && items.length > 0 && <JobTable jobs={items} onChange={pager.refresh} />}</div>
      <PagerButtons pager={pager} />
      <SelectionBar
        noun={["run", "runs"]}
        path="/v1/jobs"
        consequence="The losses and weights of every epoch go; the models that came out of them stay."
        onDeleted={pager.refresh}
      >
        {selected.length > 1 && (
          <a class="button main" href={hrefFor(["compare"], { jobs: selected.join(",") })}>
            Compare {selected.length} runs
          </a>
        )}
      </SelectionBar>
    </>
  );
}
