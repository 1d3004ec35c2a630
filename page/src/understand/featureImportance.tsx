// Feature importance by permutation, and partial dependence of the selected column.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Importance } from "../api/shapes";
import { formatNumber, formatRows } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { setQuery, route } from "../shell/route";
import { PartialDependenceView } from "./partialDependence";

const MAX_COLUMNS_SHOWN = 12;

export function FeatureImportance({ model }: { model: string }) {
  const { value, problem, refetch } = useFetch<Importance>(`/v1/models/${encodeSegment(model)}/importance`);
  if (problem) return <ErrorNotice problem={problem} retry={refetch} />;
  if (!value) return null;
  const shown = value.columns.slice(0, MAX_COLUMNS_SHOWN);
  const maxImportance = Math.max(...shown.map((column) => column.importance), 1e-12);
  const selected = route.value.query.get("column") ?? shown[0]?.column;
  return (
    <section aria-labelledby="importance">
      <header class="heading">
        <h2 id="importance">Feature importance</h2>
        <span class="muted">increase of the loss when a column is shuffled, over {formatRows(value.rows)}</span>
      </header>
      <div class="charts">
        <section class="card" aria-label="Columns by importance">
          <ul class="importance">
            {shown.map(({ column, importance, std }) => (
              <li key={column}>
                <button class="quiet small" aria-pressed={column === selected} onClick={() => setQuery({ column })}>
                  {column}
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
        </section>
        {selected && <PartialDependenceView model={model} column={selected} />}
      </div>
    </section>
  );
}
