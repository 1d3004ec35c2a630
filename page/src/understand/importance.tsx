// Which columns the model leans on, and how its answer changes along one of them.
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Importance } from "../api/insight";
import { figure, rows } from "../shell/figures";
import { Trouble } from "../shell/notice";
import { ask, route } from "../shell/route";
import { Dependence } from "./dependence";

const SHOWN = 12;

export function ImportanceView({ model }: { model: string }) {
  const { value, problem, again } = useAnswer<Importance>(`/v1/models/${part(model)}/importance`);
  if (problem) return <Trouble problem={problem} again={again} />;
  if (!value) return null;
  const shown = value.columns.slice(0, SHOWN);
  const most = Math.max(...shown.map((column) => column.importance), 1e-12);
  const chosen = route.value.query.get("column") ?? shown[0]?.column;
  return (
    <section aria-labelledby="importance">
      <header class="heading">
        <h2 id="importance">What it leans on</h2>
        <span class="soft">how much the loss grows when a column is shuffled, over {rows(value.rows)}</span>
      </header>
      <div class="evidences">
        <section class="card" aria-label="Columns by importance">
          <ul class="importance">
            {shown.map(({ column, importance, std }) => (
              <li key={column}>
                <button class="quiet small" aria-pressed={column === chosen} onClick={() => ask({ column })}>
                  {column}
                </button>
                <span class="track" aria-hidden="true">
                  <span class="bar" style={{ width: `${(Math.max(importance, 0) / most) * 100}%` }} />
                </span>
                <span class="number">
                  {figure(importance, 3)} <span class="soft">± {figure(std, 2)}</span>
                </span>
              </li>
            ))}
          </ul>
        </section>
        {chosen && <Dependence model={model} column={chosen} />}
      </div>
    </section>
  );
}
