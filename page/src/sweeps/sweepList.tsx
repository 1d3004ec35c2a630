// List of all sweeps, newest first.
import type { Sweep } from "../api/shapes";
import { nameSubject } from "../api/targets";
import { Term } from "../help/term";
import { StatusBadge } from "../lists/jobRows";
import { usePages } from "../lists/usePages";
import { formatAge, formatCount, formatMetric, toWords } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { countTrials, isRunning } from "./sweepPage";

export function SweepList() {
  const { items, hasMore, problem, loadMore } = usePages<Sweep>("/v1/sweeps", isRunning);
  return (
    <>
      <header class="title">
        <h1>
          <Term>Sweeps</Term>
        </h1>
        <p class="muted">Searches for better settings: each trains many trials and keeps the best.</p>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title="No sweeps yet">
          Open a <a href={hrefFor(["jobs"])}>training run</a> that has ended, and press Find better settings.
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <ul class="rows card">
          {items.map((sweep) => (
            <li key={sweep.id}>
              <a href={hrefFor(["sweeps", sweep.id])}>
                <span class="name">
                  <strong>{sweep.spec.base.model_name ?? sweep.id}</strong>{" "}
                  <span class="muted">
                    → <bdi>{nameSubject(sweep.spec.base)}</bdi>
                  </span>
                </span>
                <span class="muted number">
                  {toWords(sweep.metric)} {formatMetric(sweep.metric, sweep.best?.value)}
                </span>
                <span class="muted number">
                  {formatCount(countTrials(sweep).ended)} of {formatCount(sweep.trials.total)} trials
                </span>
                <StatusBadge status={sweep.status} />
                <span class="muted when">{formatAge(sweep.created_at)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {hasMore && <button onClick={loadMore}>Load more</button>}
    </>
  );
}
