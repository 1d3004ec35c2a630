// List of all datasets: searched, sorted and renewed while one looks; renamed, tagged, and several deleted at once.
import { useState } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { Dataset } from "../api/shapes";
import { formatAge, formatBytes, formatMoment, formatRows, toWords } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { route, hrefFor } from "../shell/route";
import { ActiveFilters, Choices, isFiltered, SearchBox, SortHeader, SortSelect, useFilters } from "./filters";
import { StatusBadge } from "./jobRows";
import { EditLabelsButton, LabelForm, LabelLine } from "./labels";
import { PagerButtons } from "./pagerButtons";
import { SelectAllBox, SelectBox, SelectionBar } from "./selection";
import { usePager } from "./usePager";

const STATUSES = ["processing", "ready", "failed"];
const FILTERS = ["q", "status", "tag", "sort"];
const SORTINGS: [string, string][] = [
  ["created", "oldest first"],
  ["name", "name"],
  ["-rows", "most rows first"],
  ["-bytes", "largest first"],
];
const isProcessing = (dataset: Dataset): boolean => dataset.status === "processing";

export function DatasetList() {
  const pager = usePager<Dataset>(useFilters("/v1/datasets", FILTERS), isProcessing);
  const { items, problem } = pager;
  const isEmpty = items?.length === 0 && pager.page === 1;
  return (
    <>
      <header class="title">
        <h1>Datasets</h1>
        <p class="muted">Uploaded tables, ready for training.</p>
      </header>
      {problem && <ErrorNotice problem={problem} retry={pager.refresh} />}
      {!items && !problem && <Loading />}
      {isEmpty && !isFiltered(FILTERS) ? (
        <EmptyState title="No datasets yet">
          <a href="#/">Upload one</a>, or start with an example.
        </EmptyState>
      ) : (
        <div class="list-tools">
          <SearchBox noun="datasets" />
          <SortSelect options={SORTINGS} />
          <Choices label="Status" name="status" options={STATUSES} />
          <ActiveFilters names={{ tag: route.value.query.get("tag") ?? "" }} />
        </div>
      )}
      <p class="muted" role="status">
        {isEmpty && isFiltered(FILTERS) ? "Nothing found." : ""}
      </p>
      <div class={pager.isStale ? "stale" : ""}>{items && items.length > 0 && <DatasetTable datasets={items} onChange={pager.refresh} />}</div>
      <PagerButtons pager={pager} />
      <SelectionBar
        noun={["dataset", "datasets"]}
        path="/v1/datasets"
        consequence="Their files go, and with them the rows of mistakes and splits. Runs that have ended and their models stay."
        onDeleted={pager.refresh}
      />
    </>
  );
}

function DatasetTable({ datasets, onChange }: { datasets: Dataset[]; onChange: () => void }) {
  const [edited, setEdited] = useState<string>();
  return (
    <table class="list datasets card">
      <thead>
        <tr>
          <th scope="col">
            <SelectAllBox ids={datasets.map(({ id }) => id)} />
          </th>
          <SortHeader name="name" label="Dataset" />
          <SortHeader name="rows" label="Rows" isDescending />
          <SortHeader name="bytes" label="Size" isDescending />
          <th scope="col">Status</th>
          <SortHeader name="created" label="Age" />
          <th scope="col">
            <span class="visually-hidden">Name, tags and note</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {datasets.map((dataset) => (
          <DatasetRow key={dataset.id} dataset={dataset} isEdited={edited === dataset.id} onEdit={setEdited} onChange={onChange} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  dataset: Dataset;
  isEdited: boolean;
  onEdit: (id: string | undefined) => void;
  onChange: () => void;
}

function DatasetRow({ dataset, isEdited, onEdit, onChange }: RowProps) {
  return (
    <>
      <tr>
        <td class="first">
          <SelectBox id={dataset.id} name={dataset.name} />
        </td>
        <td class="name">
          <a href={hrefFor(["datasets", dataset.id])}>
            <strong>
              <bdi>{dataset.name}</bdi>
            </strong>
          </a>
          <span class="under muted">
            {describeOptions(dataset)}
            <LabelLine tags={dataset.tags} note={dataset.note ?? null} />
          </span>
        </td>
        <td class="score number muted">{dataset.rows == null ? "" : formatRows(dataset.rows)}</td>
        <td class="epochs number muted">{formatBytes(dataset.bytes)}</td>
        <td class="state">
          <StatusBadge status={dataset.status} />
        </td>
        <td class="when muted" title={formatMoment(dataset.created_at)}>
          {formatAge(dataset.created_at)}
        </td>
        <td class="row-tools">
          <EditLabelsButton name={dataset.name} isOpen={isEdited} onToggle={() => onEdit(isEdited ? undefined : dataset.id)} />
        </td>
      </tr>
      {isEdited && (
        <tr class="form">
          <td colSpan={7}>
            <LabelForm
              path={`/v1/datasets/${encodeSegment(dataset.id)}`}
              labels={dataset}
              name={dataset.name}
              onSaved={onChange}
              onClose={() => onEdit(undefined)}
            />
          </td>
        </tr>
      )}
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
