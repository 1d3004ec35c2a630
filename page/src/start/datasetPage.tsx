// Dataset page: columns, problems of the file, and the settings of a training.
import { useEffect } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Dataset as DatasetShape, List, Row } from "../api/shapes";
import { formatAge, formatBytes, formatRows } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { setQuery, route } from "../shell/route";
import { ColumnCard } from "./columnCard";
import { Issues } from "./issues";
import { setSetting, readChanges } from "./jobDraft";
import { TrainPanel } from "./trainPanel";

const SAMPLE_ROWS = 1_000;

export function DatasetPage({ id }: { id: string }) {
  const { value: dataset, problem, refetch } = useFetch<DatasetShape>(`/v1/datasets/${encodeSegment(id)}`);
  const isProcessing = dataset?.status === "processing";
  useEffect(() => {
    const timer = isProcessing ? setInterval(refetch, 1_000) : 0;
    return () => clearInterval(timer);
  }, [isProcessing]);

  if (problem && !dataset) return <ErrorNotice problem={problem} retry={refetch} />;
  if (!dataset) return <Loading />;
  const issueCount = (dataset.issue_counts?.error ?? 0) + (dataset.issue_counts?.warning ?? 0);
  return (
    <>
      <header class="title">
        <p class="eyebrow">Dataset</p>
        <h1>{dataset.name}</h1>
        <p class="muted">
          {dataset.rows == null ? "" : `${formatRows(dataset.rows)} · ${dataset.columns?.length} columns · `}
          {formatBytes(dataset.bytes)} · uploaded {formatAge(dataset.created_at)}
        </p>
      </header>
      {isProcessing && <Loading what="Large file: still reading …" />}
      {dataset.status === "failed" && dataset.error && <ErrorNotice problem={dataset.error} />}
      {issueCount > 0 && <Issues dataset={dataset} issueCount={issueCount} />}
      {dataset.columns && <Columns dataset={dataset} />}
    </>
  );
}

function Columns({ dataset }: { dataset: DatasetShape }) {
  const columns = dataset.columns ?? [];
  const sample = useFetch<List<Row>>(`/v1/datasets/${encodeSegment(dataset.id)}/rows?limit=${SAMPLE_ROWS}`);
  const target = route.value.query.get("target") ?? columns.at(-1)?.name ?? "";
  const names = columns.map((column) => column.name).filter((name) => name !== target);
  const features = readChanges().features ?? names;

  const setUsed = (name: string, used: boolean): void => {
    const next = names.filter((other) => (other === name ? used : features.includes(other)));
    setSetting("features", next.length === names.length ? undefined : next);
  };
  const setTarget = (name: string): void => {
    setSetting("features", undefined);
    setQuery({ target: name });
  };
  return (
    <div class="training-setup">
      <TrainPanel datasetId={dataset.id} target={target} />
      <section aria-labelledby="columns">
        <h2 id="columns">What do you want to predict?</h2>
        <ul class="columns">
          {columns.map((column) => (
            <ColumnCard
              key={column.name}
              column={column}
              rows={dataset.rows ?? 0}
              sample={sample.value?.data}
              isTarget={column.name === target}
              isUsed={features.includes(column.name)}
              onTarget={() => setTarget(column.name)}
              onUse={(used) => setUsed(column.name, used)}
            />
          ))}
        </ul>
        {(dataset.rows ?? 0) > SAMPLE_ROWS && (
          <p class="muted">Histograms show the first {formatRows(SAMPLE_ROWS)}; statistics cover all rows.</p>
        )}
      </section>
    </div>
  );
}
