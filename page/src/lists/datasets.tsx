// List of all datasets.
import { useState } from "preact/hooks";
import { encodeSegment, type Problem } from "../api/client";
import type { Dataset } from "../api/shapes";
import { formatAge, formatBytes, formatRows, toWords } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { DeleteButton } from "./deleteButton";
import { StatusBadge } from "./jobRows";
import { compareNames, ListTools, SearchScope, selectItems, type Sorting } from "./listTools";
import { usePages } from "./usePages";

const SORTINGS: Sorting<Dataset>[] = [
  { name: "name", compare: (one, other) => compareNames(one.name, other.name) },
  { name: "size", compare: (one, other) => other.bytes - one.bytes },
];
const isProcessing = (dataset: Dataset): boolean => dataset.status === "processing";

export function DatasetList() {
  const { items, hasMore, problem, loadMore, refresh } = usePages<Dataset>("/v1/datasets", isProcessing);
  const [deleteProblem, setDeleteProblem] = useState<Problem>();
  const shown = selectItems(items ?? [], (dataset) => `${dataset.name} ${dataset.status} ${dataset.id}`, SORTINGS);
  return (
    <>
      <header class="title">
        <h1>Datasets</h1>
        <p class="muted">Uploaded tables, ready for training.</p>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {deleteProblem && <ErrorNotice problem={deleteProblem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title="No datasets yet">
          <a href="#/">Upload one</a>, or start with an example.
        </EmptyState>
      )}
      {items && items.length > 0 && <ListTools noun="datasets" sortings={SORTINGS.map(({ name }) => name)} />}
      {shown.length > 0 && (
        <ul class="rows card">
          {shown.map((dataset) => (
            <li key={dataset.id}>
              <a href={hrefFor(["datasets", dataset.id])}>
                <span class="name">
                  <strong>
                    <bdi>{dataset.name}</bdi>
                  </strong>{" "}
                  <span class="muted">{describeOptions(dataset)}</span>
                </span>
                <span class="muted number">{dataset.rows == null ? "" : formatRows(dataset.rows)}</span>
                <span class="muted number">{formatBytes(dataset.bytes)}</span>
                <StatusBadge status={dataset.status} />
                <span class="muted when">{formatAge(dataset.created_at)}</span>
              </a>
              <DeleteButton
                path={`/v1/datasets/${encodeSegment(dataset.id)}`}
                name={dataset.name}
                onDeleted={refresh}
                onProblem={setDeleteProblem}
              />
            </li>
          ))}
        </ul>
      )}
      <SearchScope shown={shown.length} loaded={items?.length ?? 0} hasMore={hasMore} />
      {hasMore && <button onClick={loadMore}>Load more</button>}
    </>
  );
}

/** What was said about the file at upload, so that two datasets of one file can be told apart. */
function describeOptions(dataset: Dataset): string {
  const types = Object.entries(dataset.types).map(([name, type]) => `${name}: ${type}`);
  const options = Object.entries(dataset.read_options ?? {}).filter(([, value]) => value != null);
  const isHeaderless = dataset.read_options?.header_line === 0;
  const others = options.filter(([name]) => name !== "header_line" || !isHeaderless).map(([name, value]) => `${toWords(name)} ${String(value)}`);
  const all = [...types, ...(isHeaderless ? ["first line is data"] : []), ...others];
  return all.length > 3 ? `${all.slice(0, 3).join(", ")} …` : all.join(", ");
}
