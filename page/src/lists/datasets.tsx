// List of all datasets, newest first.
import type { Dataset } from "../api/shapes";
import { formatAge, formatBytes, formatRows } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { StatusBadge } from "./jobRows";
import { usePages } from "./usePages";

export function DatasetList() {
  const { items, hasMore, problem, loadMore } = usePages<Dataset>("/v1/datasets");
  return (
    <>
      <header class="title">
        <h1>Datasets</h1>
        <p class="muted">Uploaded tables, ready for training.</p>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title="No datasets yet">
          <a href="#/">Upload one</a>, or start with an example.
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <ul class="rows card">
          {items.map((dataset) => (
            <li key={dataset.id}>
              <a href={hrefFor(["datasets", dataset.id])}>
                <span class="name">
                  <strong>{dataset.name}</strong>
                </span>
                <span class="muted number">{dataset.rows == null ? "" : formatRows(dataset.rows)}</span>
                <span class="muted number">{formatBytes(dataset.bytes)}</span>
                <StatusBadge status={dataset.status} />
                <span class="muted when">{formatAge(dataset.created_at)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {hasMore && <button onClick={loadMore}>Load more</button>}
    </>
  );
}
