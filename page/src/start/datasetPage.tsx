// Dataset page: columns, problems of the file, and the settings of a training.
import { useEffect } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment, isAllowed } from "../api/client";
import type { Dataset as DatasetShape, Issue, List } from "../api/shapes";
import { formatAge, formatBytes, formatCount, formatRows } from "../shell/format";
import { ErrorNotice, Loading, PageProblem } from "../shell/notices";
import { useTitle } from "../shell/title";
import { HeaderSwitch } from "./headerSwitch";
import { Issues, MAX_ISSUES_SHOWN } from "./issues";
import { findWholeText } from "./textFiles";
import { TextSwitch } from "./textSwitch";
import { TrainingSetup } from "./trainingSetup";
import { ReadingProgress } from "./uploadProgress";

export function DatasetPage({ id }: { id: string }) {
  const { value: dataset, problem, refetch } = useFetch<DatasetShape>(`/v1/datasets/${encodeSegment(id)}`);
  const isProcessing = dataset?.status === "processing";
  useEffect(() => {
    const timer = isProcessing ? setInterval(refetch, 1_000) : 0;
    return () => clearInterval(timer);
  }, [isProcessing]);

  useTitle(dataset && `${dataset.name} · Dataset`);
  const issueCount = (dataset?.issue_counts?.error ?? 0) + (dataset?.issue_counts?.warning ?? 0);
  const path = `/v1/datasets/${encodeSegment(id)}/issues?limit=${MAX_ISSUES_SHOWN}`;
  const issues = useFetch<List<Issue>>(issueCount > 0 ? path : null).value?.data;

  if (problem && !dataset) return <PageProblem problem={problem} retry={refetch} />;
  if (!dataset) return <Loading />;
  return (
    <>
      <header class="title">
        <p class="eyebrow">Dataset</p>
        <h1>
          <bdi>{dataset.name}</bdi>
        </h1>
        <p class="muted">
          {dataset.rows == null ? "" : findWholeText(dataset) ? `${formatCount(dataset.rows)} lines · ` : `${formatRows(dataset.rows)} · ${dataset.columns?.length} columns · `}
          {formatBytes(dataset.bytes)} · uploaded {formatAge(dataset.created_at)}
        </p>
        {dataset.status === "ready" && isAllowed("train") && <HeaderSwitch dataset={dataset} issues={issues} />}
        {dataset.status === "ready" && isAllowed("train") && <TextSwitch dataset={dataset} />}
      </header>
      {isProcessing && <ReadingProgress dataset={dataset} />}
      {dataset.status === "failed" && dataset.error && <ErrorNotice problem={dataset.error} />}
      {issueCount > 0 && <Issues dataset={dataset} issueCount={issueCount} issues={issues} />}
      {dataset.columns && <TrainingSetup dataset={dataset} columns={dataset.columns} />}
    </>
  );
}
