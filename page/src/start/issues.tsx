// What was wrong with a file, line by line, and what was done about it.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Issue, List } from "../api/shapes";
import { formatCount, formatRows, toWords } from "../shell/format";
import { Icon } from "../shell/icon";
import { Loading } from "../shell/notices";

const MAX_ISSUES_SHOWN = 100;

export function Issues({ id, rejectedRows, issueCount }: { id: string; rejectedRows: number; issueCount: number }) {
  const { value } = useFetch<List<Issue>>(`/v1/datasets/${encodeSegment(id)}/issues?limit=${MAX_ISSUES_SHOWN}`);
  return (
    <details class="issues card">
      <summary>
        <Icon name="warning" />
        <span>
          <strong>{issueCount === 1 ? "1 fault" : `${formatCount(issueCount)} faults`} in the file</strong>{" "}
          <span class="muted">
            {rejectedRows ? `${formatRows(rejectedRows)} could not be used; the others can.` : "Every row can be used all the same."}
          </span>
        </span>
      </summary>
      {!value && <Loading what="Fetching them" />}
      {value && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Faults of the file">
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Column</th>
                <th scope="col">Stands there</th>
                <th scope="col">Fault</th>
                <th scope="col">What was done</th>
              </tr>
            </thead>
            <tbody>
              {value.data.map((issue, n) => (
                <tr key={n}>
                  <td class="number">{issue.line ?? "–"}</td>
                  <td>{issue.column ?? "–"}</td>
                  <td>
                    <code>{issue.value ?? ""}</code>
                  </td>
                  <td>{toWords(issue.code)}</td>
                  <td>{toWords(issue.action)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {value.has_more && <p class="muted">These are the first {MAX_ISSUES_SHOWN}.</p>}
        </div>
      )}
    </details>
  );
}
