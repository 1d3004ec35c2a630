// Preview of a dataset's rows, some at a time, with missing cells and the faults of the file where they stand.
import { useMemo, useRef, useState } from "preact/hooks";
import { encodeSegment, get } from "../api/client";
import type { Column, Dataset, Issue, List, RowsPage } from "../api/shapes";
import { useAction } from "../api/useAction";
import { useFetch } from "../api/useFetch";
import { formatCount } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { PreviewTable } from "./previewTable";
import { placeIssues } from "./placeIssues";

const ROWS = 8;
const COLUMNS = 24;
/** How many lines above a fault are shown. */
const LINES_BEFORE = 3;

interface Props {
  dataset: Dataset;
  columns: Column[];
  targets: string[];
}

export function Preview({ dataset, columns, targets }: Props) {
  const path = `/v1/datasets/${encodeSegment(dataset.id)}`;
  const line = Number(route.value.query.get("line")) || undefined;
  const [after, setAfter] = useState(0);
  const [firstColumn, setFirstColumn] = useState(0);
  const from = line === undefined ? `after=${after}` : `from_line=${Math.max(line - LINES_BEFORE, 1)}`;
  const { value, problem } = useFetch<RowsPage>(`${path}/rows?${from}&limit=${ROWS + 1}`);
  const latest = useRef<RowsPage>(undefined);
  latest.current = value ?? latest.current;
  const page = latest.current;
  const first = page ? page.after - page.data.length : 0;
  const fromLine = line === undefined ? (first === 0 ? 1 : page?.lines[0]) : Math.max(line - LINES_BEFORE, 1);
  const nextLine = page?.lines[ROWS];
  const issueCount = (dataset.issue_counts?.error ?? 0) + (dataset.issue_counts?.warning ?? 0);
  const hasPlaces = issueCount > 0 && fromLine != null;
  const issuesPath = `${path}/issues?from_line=${fromLine ?? 1}&limit=100${nextLine == null ? "" : `&to_line=${nextLine - 1}`}`;
  const issues = useFetch<List<Issue>>(page && hasPlaces ? issuesPath : null);
  const shownProblem = problem ?? issues.problem;
  const table = useMemo(() => {
    const entries = page && placeIssues(page.data.slice(0, ROWS), page.lines, first, issues.value?.data ?? []);
    return entries && <PreviewTable columns={columns.slice(firstColumn, firstColumn + COLUMNS)} entries={entries} targets={targets} line={line} />;
  }, [page, issues.value, columns, firstColumn, targets.join("\n"), line]);
  if (problem && !page) return <ErrorNotice problem={problem} />;
  if (!page) return <div class="preview" />;

  const shown = Math.min(page.data.length, ROWS);
  const go = (to: number): void => {
    setAfter(Math.max(to, 0));
    if (line !== undefined) setQuery({ line: null });
  };
  const lastLine = page.lines[shown - 1];
  return (
    <section class="preview" aria-labelledby="rows">
      <header class="heading">
        <h2 id="rows">Rows</h2>
        <div class="choices">
          {hasPlaces && (
            <NextFault
              path={path}
              after={Math.max(lastLine ?? 0, line ?? 0)}
              noun={(dataset.issue_counts?.error ?? 0) > 0 ? "problem" : "note"}
            />
          )}
          <Pager
            noun="rows"
            first={first}
            shown={shown}
            total={dataset.rows ?? 0}
            onGo={go}
            step={ROWS}
          />
        </div>
      </header>
      {shownProblem && <ErrorNotice problem={shownProblem} />}
      <div class={`scroll card ${value ? "" : "stale"}`} tabIndex={0} role="region" aria-label="Rows of the table">
        {table}
      </div>
      {columns.length > COLUMNS && (
        <div class="choices">
          <Pager noun="columns" first={firstColumn} shown={Math.min(COLUMNS, columns.length - firstColumn)} total={columns.length} onGo={setFirstColumn} step={COLUMNS} />
        </div>
      )}
    </section>
  );
}

interface PagerProps {
  noun: string;
  first: number;
  shown: number;
  total: number;
  step: number;
  onGo: (first: number) => void;
}

function Pager({ noun, first, shown, total, step, onGo }: PagerProps) {
  return (
    <span class="pager">
      <button class="small" disabled={first === 0} aria-label={`Previous ${noun}`} onClick={() => onGo(Math.max(first - step, 0))}>
        ‹
      </button>
      <span class="muted number" role="status">
        {noun} {formatCount(Math.min(first + 1, total))}–{formatCount(first + shown)} of {formatCount(total)}
      </span>
      <button class="small" disabled={first + shown >= total} aria-label={`Next ${noun}`} onClick={() => onGo(first + step)}>
        ›
      </button>
    </span>
  );
}

/** Button that goes to the next fault of the file, and from the last to the first. */
function NextFault({ path, after, noun }: { path: string; after: number; noun: string }) {
  const [isAlone, setIsAlone] = useState(false);
  const { problem, run } = useAction();
  const find = async (): Promise<void> => {
    const ask = (line: number): Promise<List<Issue>> => get<List<Issue>>(`${path}/issues?from_line=${line}&limit=1`);
    const found = (await ask(after + 1)).data[0] ?? (await ask(1)).data[0];
    setIsAlone(found === undefined);
    if (found?.line != null) setQuery({ line: String(found.line) });
  };
  return (
    <>
      {problem && <ErrorNotice problem={problem} />}
      {isAlone && (
        <span class="muted" role="status">
          All of them are about the whole file.
        </span>
      )}
      <button class="small" onClick={() => run(find)}>
        Next {noun}
      </button>
    </>
  );
}
