// List of all models, grouped by name: the newest version of each with the aliases, and the other versions on demand.
import type { Model } from "../api/shapes";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { route } from "../shell/route";
import { ActiveFilters, isFiltered, SearchBox, SortSelect, useFilters } from "./filters";
import { ModelTable } from "./modelTable";
import { PagerButtons } from "./pagerButtons";
import { SelectionBar } from "./selection";
import { usePager } from "./usePager";

const FILTERS = ["q", "tag", "sort"];
const SORTINGS: [string, string][] = [
  ["created", "oldest first"],
  ["name", "name"],
  ["parameters", "fewest parameters first"],
];

export function ModelList() {
  const pager = usePager<Model>(useFilters("/v1/models", FILTERS, { newest: "true" }), () => false);
  const { items, problem } = pager;
  const isEmpty = items?.length === 0 && pager.page === 1;
  return (
    <>
      <header class="title">
        <h1>Models</h1>
        <p class="muted">Models are versioned: the plain name always means the latest version, an alias the one that it points to.</p>
      </header>
      {problem && <ErrorNotice problem={problem} retry={pager.refresh} />}
      {!items && !problem && <Loading />}
      {isEmpty && !isFiltered(FILTERS) ? (
        <EmptyState title="No models yet">
          <a href="#/">Train one</a>; the example tables take seconds.
        </EmptyState>
      ) : (
        <div class="list-tools">
          <SearchBox noun="models" />
          <SortSelect options={SORTINGS} />
          <ActiveFilters names={{ tag: route.value.query.get("tag") ?? "" }} />
        </div>
      )}
      <p class="muted" role="status">
        {isEmpty && isFiltered(FILTERS) ? "Nothing found." : ""}
      </p>
      <div class={pager.isStale ? "stale" : ""}>{items && items.length > 0 && <ModelTable models={items} onChange={pager.refresh} />}</div>
      <PagerButtons pager={pager} />
      <SelectionBar
        noun={["version", "versions"]}
        path="/v1/models"
        consequence="They predict no more, aliases that point to them go, and their numbers are not used again."
        onDeleted={pager.refresh}
      />
    </>
  );
}
