// Comparison of any number of runs: a chart for each unit of a curve, and a table of what they reached and differ in.
import { ErrorNotice, EmptyState, Loading } from "../shell/notices";
import { toWords } from "../shell/format";
import { setQuery, route, hrefFor } from "../shell/route";
import { CompareChart } from "./compareChart";
import { useRuns } from "./compareRuns";
import { groupRuns, listCurves } from "./runCurves";
import { CompareTable } from "./compareTable";

export function Compare() {
  const ids = [...new Set((route.value.query.get("jobs") ?? "").split(",").filter(Boolean))];
  const { runs, problems, isLoading } = useRuns(ids);
  const curves = listCurves(runs);
  const asked = route.value.query.get("curve");
  const curve = asked && curves.includes(asked) ? asked : "loss";
  const remove = (id: string): void => setQuery({ jobs: ids.filter((other) => other !== id).join(",") });

  if (ids.length < 2) {
    return (
      <EmptyState title="Select at least two runs" isPage>
        Select them in <a href={hrefFor(["jobs"])}>the list of jobs</a>.
      </EmptyState>
    );
  }
  if (isLoading) return <Loading />;
  const groups = groupRuns(runs, curve);
  return (
    <>
      <header class="title">
        <h1>Comparing {runs.length} runs</h1>
        <p class="muted">
          <a href={hrefFor(["jobs"], { selected: ids.join(",") })}>Select other runs</a>
        </p>
      </header>
      {[...problems].map(([id, problem]) => (
        <div key={id}>
          <ErrorNotice problem={problem} />
          <button class="small" onClick={() => remove(id)}>
            Compare the others
          </button>
        </div>
      ))}
      {runs.length > 0 && (
        <div class="list-tools above">
          <label class="switch">
            Curve
            <select aria-label="Curve" value={curve} onChange={(event) => setQuery({ curve: event.currentTarget.value })}>
              {curves.map((name) => (
                <option key={name} value={name}>
                  {toWords(name)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {groups.map((group) => (
        <CompareChart key={`${curve} ${group.map(({ n }) => n).join()}`} runs={group} curve={curve} isAlone={groups.length === 1} />
      ))}
      {runs.length > 0 && <CompareTable runs={runs} onRemove={remove} />}
    </>
  );
}
