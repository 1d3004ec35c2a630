// Issues of a file, line by line: the value, the problem, and what was done.
import type { Dataset, Issue } from "../api/shapes";
import { formatCount, formatRows, toWords } from "../shell/format";
import { Icon } from "../shell/icon";
import { Loading } from "../shell/notices";
import { setQuery } from "../shell/route";

export const MAX_ISSUES_SHOWN = 100;

/** Faults are problems; where there are only warnings, they are notes on how the file was read. */
function countIssues(count: number, hasErrors: boolean): string {
  const noun = `${hasErrors ? "problem" : "note"}${count === 1 ? "" : "s"}`;
  return hasErrors ? `${formatCount(count)} ${noun} found` : `${formatCount(count)} ${noun} on how the file was read`;
}

interface Props {
  dataset: Dataset;
  issueCount: number;
  /** The first of them, once they are fetched. */
  issues: Issue[] | undefined;
}

export function Issues({ dataset, issueCount, issues }: Props) {
  const skipped = dataset.rows_rejected ?? 0;
  return (
    <details class="issues card">
      <summary>
        <Icon name="warning" />
        <span>
          <strong>{countIssues(issueCount, (dataset.issue_counts?.error ?? 0) > 0)}:</strong>{" "}
          <span class="muted">
            {skipped
              ? `${formatCount(skipped)} of ${formatRows((dataset.rows ?? 0) + skipped)} ${skipped === 1 ? "was" : "were"} skipped.`
              : "no row was skipped."}
          </span>
        </span>
      </summary>
      {!issues && <Loading />}
      {issues && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Problems in the file">
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Column</th>
                <th scope="col">Value</th>
                <th scope="col">Problem</th>
                <th scope="col">Action</th>
              </tr>
            </thead>
            <tbody>
              {issues.map((issue, n) => (
                <tr key={n}>
                  <td class="number">
                    {issue.line === null ? issue.row === null ? "–" : `row ${formatCount(issue.row)}` : <LineButton line={issue.line} />}
                  </td>
                  <td>
                    <bdi>{issue.column ?? "–"}</bdi>
                  </td>
                  <td>
                    <code dir="auto">{issue.value ?? ""}</code>
                  </td>
                  <td>{toWords(issue.code)}</td>
                  <td>
                    {toWords(issue.action)}
                    {issue.suggestion && <p class="muted">{issue.suggestion}</p>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {issueCount > issues.length && <p class="muted">Showing the first {MAX_ISSUES_SHOWN}.</p>}
        </div>
      )}
    </details>
  );
}

/** Button that shows the rows around a line. */
function LineButton({ line }: { line: number }) {
  const show = (): void => {
    setQuery({ line: String(line) });
    document.getElementById("rows")?.scrollIntoView({ block: "start" });
  };
  return (
    <button class="small quiet" aria-label={`Show line ${line}`} onClick={show}>
      {line}
    </button>
  );
}
