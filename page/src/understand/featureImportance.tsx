// Feature importance by permutation, and partial dependence of the selected column.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Importance, Model } from "../api/shapes";
import { formatNumber, formatRows } from "../shell/format";
import { Term } from "../help/term";
import { ErrorNotice } from "../shell/notices";
import { setQuery, route } from "../shell/route";
import { PartialDependenceView } from "./partialDependence";

const MAX_COLUMNS_SHOWN = 12;
const MAX_COLUMNS_LISTED = 200;

export function FeatureImportance({ model }: { model: Model }) {
  const { value, problem, refetch } = useFetch<Importance>(`/v1/models/${encodeSegment(model.id)}/importance`);
  if (problem) return <ErrorNotice problem={problem} retry={refetch} />;
  if (!value) return null;
  const { query } = route.value;
  const shown = value.columns.slice(0, query.has("columns") ? MAX_COLUMNS_LISTED : MAX_COLUMNS_SHOWN);
  const maxImportance = Math.max(...shown.map((column) => column.importance), 1e-12);
  // pictures have no values to go through
  const images = new Set(model.inputs.filter(({ type }) => type === "image").map(({ name }) => name));
  const selected = query.get("column") ?? shown.find(({ column }) => !images.has(column))?.column;
  return (
    <section aria-labelledby="importance">
      <header class="heading">
        <h2 id="importance">
          <Term>Feature importance</Term>
        </h2>
        <span class="muted">
          <Term>permutation importance</Term>: increase of the {model.classes ? "cross-entropy" : "squared error, in standard deviations of the target,"} when a column
          is shuffled, over {formatRows(value.rows)}
        </span>
      </header>
      <div class="charts">
        <section class="card" aria-label="Columns by importance">
          <ul class="importance">
            {shown.map(({ column, importance, std }) => (
              <li key={column}>
                <button class="quiet small" disabled={images.has(column)} aria-pressed={column === selected} title={column} onClick={() => setQuery({ column, label: null })}>
                  <bdi class="clip">{column}</bdi>
                </button>
                <span class="track" aria-hidden="true">
                  <span class="bar" style={{ width: `${(Math.max(importance, 0) / maxImportance) * 100}%` }} />
                </span>
                <span class="number">
                  {formatNumber(importance, 3)} <span class="muted">± {formatNumber(std, 2)}</span>
                </span>
              </li>
            ))}
          </ul>
          {value.columns.length > MAX_COLUMNS_SHOWN && (
            <button class="small more" onClick={() => setQuery({ columns: query.has("columns") ? null : "all" })}>
              {query.has("columns") ? "Show fewer" : `Show ${Math.min(value.columns.length, MAX_COLUMNS_LISTED)} of ${value.columns.length} columns`}
            </button>
          )}
        </section>
        {selected && <PartialDependenceView model={model.id} column={selected} classes={model.classes} />}
      </div>
    </section>
  );
}
