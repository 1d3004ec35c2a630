// What was wrong with a file, line by line, and what was done about it.
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Issue, List } from "../api/shapes";
import { count, rows, words } from "../shell/figures";
import { Icon } from "../shell/icon";
import { Waiting } from "../shell/notice";

const SHOWN = 100;

export function Faults({ id, rejected, faults }: { id: string; rejected: number; faults: number }) {
  const { value } = useAnswer<List<Issue>>(`/v1/datasets/${part(id)}/issues?limit=${SHOWN}`);
  return (
    <details class="faults card">
      <summary>
        <Icon name="warning" />
        <span>
          <strong>{faults === 1 ? "1 fault" : `${count(faults)} faults`} in the file</strong>{" "}
          <span class="soft">
            {rejected ? `${rows(rejected)} could not be used; the others can.` : "Every row can be used all the same."}
          </span>
        </span>
      </summary>
      {!value && <Waiting what="Fetching them" />}
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
                  <td>{words(issue.code)}</td>
                  <td>{words(issue.action)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {value.has_more && <p class="soft">These are the first {SHOWN}.</p>}
        </div>
      )}
    </details>
  );
}
