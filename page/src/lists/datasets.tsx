// All uploaded tables, newest first.
import type { Dataset } from "../api/shapes";
import { ago, bytes, rows } from "../shell/figures";
import { Empty, Trouble, Waiting } from "../shell/notice";
import { to } from "../shell/route";
import { Status } from "./jobrows";
import { usePages } from "./pages";

export function Datasets() {
  const { items, more, problem, next } = usePages<Dataset>("/v1/datasets");
  return (
    <>
      <header class="title">
        <h1>Datasets</h1>
        <p class="soft">The tables that nets learn from.</p>
      </header>
      {problem && <Trouble problem={problem} />}
      {!items && !problem && <Waiting what="Fetching the datasets" />}
      {items?.length === 0 && (
        <Empty title="No table yet">
          <a href="#/">Drop one</a>, or take one of the examples.
        </Empty>
      )}
      {items && items.length > 0 && (
        <ul class="rows card">
          {items.map((dataset) => (
            <li key={dataset.id}>
              <a href={to(["datasets", dataset.id])}>
                <span class="name">
                  <strong>{dataset.name}</strong>
                </span>
                <span class="soft number">{dataset.rows == null ? "" : rows(dataset.rows)}</span>
                <span class="soft number">{bytes(dataset.bytes)}</span>
                <Status status={dataset.status} />
                <span class="soft when">{ago(dataset.created_at)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {more && <button onClick={next}>Older ones</button>}
    </>
  );
}
