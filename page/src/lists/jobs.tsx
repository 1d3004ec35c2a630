// All jobs, newest first; some of them may be chosen to be laid side by side.
import type { Job } from "../api/shapes";
import { Empty, Trouble, Waiting } from "../shell/notice";
import { ask, route, to } from "../shell/route";
import { JobRows } from "./jobrows";
import { usePages } from "./pages";

export function Jobs() {
  const { items, more, problem, next } = usePages<Job>("/v1/jobs");
  const chosen = (route.value.query.get("compare") ?? "").split(",").filter(Boolean);
  const choose = (id: string): void => {
    const kept = chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id];
    ask({ compare: kept.join(",") || null });
  };
  return (
    <>
      <header class="title">
        <h1>Jobs</h1>
        <p class="soft">Each is one training of one net. Tick two or more to compare them.</p>
      </header>
      {problem && <Trouble problem={problem} />}
      {!items && !problem && <Waiting what="Fetching the jobs" />}
      {items?.length === 0 && (
        <Empty title="Nothing was trained yet">
          <a href="#/">Begin with a table</a>, or with one of the examples.
        </Empty>
      )}
      {items && items.length > 0 && <JobRows jobs={items} chosen={chosen} choose={choose} />}
      <div class="buttons">
        {more && <button onClick={next}>Older ones</button>}
        {chosen.length > 1 && (
          <a class="button main" href={to(["compare"], { jobs: chosen.join(",") })}>
            Compare {chosen.length} jobs
          </a>
        )}
      </div>
    </>
  );
}
