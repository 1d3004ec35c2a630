// Table of keys, with a button to revoke each, which asks once more.
import { apiKey, encodeSegment, type Problem } from "../api/client";
import type { Key } from "../api/shapes";
import { DeleteButton } from "../lists/deleteButton";
import { formatAge } from "../shell/format";

interface Props {
  keys: Key[];
  onRevoked: () => void;
  onProblem: (problem: Problem | undefined) => void;
}

export function KeyTable({ keys, onRevoked, onProblem }: Props) {
  return (
    <section class="card" aria-labelledby="all-keys">
      <h2 id="all-keys">All keys</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Keys, newest first">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Ends in</th>
              <th scope="col">May</th>
              <th scope="col">Owner</th>
              <th scope="col">Made</th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span class="visually-hidden">Revoke</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.id} class={key.revoked_at ? "muted" : undefined}>
                <th scope="row">
                  <bdi>{key.name}</bdi> {isOwn(key) && <span class="tag">yours</span>}
                </th>
                <td>
                  <code>{key.hint}</code>
                </td>
                <td>{key.scopes.join(", ")}</td>
                <td>
                  <bdi>{key.owner}</bdi>
                </td>
                <td>{formatAge(key.created_at)}</td>
                <td>{key.last_used_at ? formatAge(key.last_used_at) : "never"}</td>
                <td>
                  {key.revoked_at ? (
                    "revoked"
                  ) : (
                    <DeleteButton
                      path={`/v1/keys/${encodeSegment(key.id)}`}
                      name={isOwn(key) ? `${key.name}, your own key` : key.name}
                      verb="Revoke"
                      onDeleted={onRevoked}
                      onProblem={onProblem}
                    />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const isOwn = (key: Key): boolean => apiKey.value !== "" && apiKey.value.endsWith(key.hint);
