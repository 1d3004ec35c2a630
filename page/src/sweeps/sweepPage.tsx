// Page of a sweep: how far it is, its best trials, and how much each setting matters.
import { encodeSegment, isAllowed, post } from "../api/client";
import type { Sweep, Trial } from "../api/shapes";
import { nameSubject } from "../api/targets";
import { useAction } from "../api/useAction";
import { useLive, useRefresh } from "../api/useLive";
import { useFetch } from "../api/useFetch";
import { Term } from "../help/term";
import { DeleteButton } from "../lists/deleteButton";
import { StatusBadge } from "../lists/jobRows";
import { formatAge, formatCount, formatMetric, formatPercent, toWords } from "../shell/format";
import { ErrorNotice, Loading, Notice, PageProblem } from "../shell/notices";
import { hrefFor, navigate, route, setQuery } from "../shell/route";
import { useTitle } from "../shell/title";
import { formatSetting } from "../understand/specDiff";
import { TrialChart } from "./trialChart";

const SHOWN_TRIALS = 10;

export function SweepPage({ id }: { id: string }) {
  const path = `/v1/sweeps/${encodeSegment(id)}`;
  const { value: sweep, problem, refetch } = useLive<Sweep>(path, isRunning);
  const trials = useFetch<{ data: Trial[] }>(`${path}/trials`);
  useRefresh(trials.refetch, sweep !== undefined && isRunning(sweep), sweep);
  const action = useAction(refetch);
  useTitle(sweep && `Sweep · ${sweep.spec.base.model_name ?? ""} → ${nameSubject(sweep.spec.base)}`);
  if (!sweep) return problem ? <PageProblem problem={problem} /> : <Loading />;

  const { counts, ended } = countTrials(sweep);
  return (
    <>
      <header class="title">
        <p class="eyebrow">
          Sweep · {formatAge(sweep.created_at)} · <a href={hrefFor(["datasets", sweep.spec.base.dataset_id])}>Dataset</a> ·{" "}
          <a href={hrefFor(["sweeps"])}>All sweeps</a>
        </p>
        <h1>
          Better settings <span class="muted">for</span> <bdi>{nameSubject(sweep.spec.base)}</bdi> <StatusBadge status={sweep.status} />
        </h1>
        <p class="verdict">{describeBest(sweep)}</p>
      </header>
      <section class="progress card" aria-label="Progress">
        <div class="meter" data-status={sweep.status}>
          <progress value={ended / counts.total} max={1} aria-label="Trials ended" />
        </div>
        <dl class="figures">
          <Figure name="trials ended" value={`${formatCount(ended)} of ${formatCount(counts.total)}`} />
          <Figure name="running" value={formatCount(counts.running)} />
          <Figure name="stopped early (ASHA)" term="pruned" value={formatCount(counts.pruned)} />
          <Figure name="failed" value={formatCount(counts.failed)} />
          <Figure name={`best ${toWords(sweep.metric)}`} value={formatMetric(sweep.metric, sweep.best?.value)} />
        </dl>
        <div class="controls">
          {isAllowed("train") && sweep.allowed_actions.includes("finish") && (
            <>
              <button class="small" disabled={!sweep.best} onClick={() => action.run(() => post(`${path}/finish`))}>
                Finish
              </button>
              <button class="small" onClick={() => action.run(() => post(`${path}/cancel`))}>
                Cancel
              </button>
            </>
          )}
          {sweep.allowed_actions.includes("delete") && (
            <DeleteButton path={path} name="this sweep" onDeleted={() => navigate(hrefFor(["sweeps"]))} onProblem={action.setProblem} />
          )}
        </div>
      </section>
      {action.problem && <ErrorNotice problem={action.problem} />}
      {sweep.error && <ErrorNotice problem={sweep.error} />}
      {sweep.job_id && (
        <Notice kind="success">
          The best settings are trained once more, which makes the model: <a href={hrefFor(["jobs", sweep.job_id])}>see the training run</a>.
        </Notice>
      )}
      {trials.value && <TrialChart sweep={sweep} trials={trials.value.data} />}
      {trials.value && <Leaderboard sweep={sweep} trials={trials.value.data} />}
      <Importance sweep={sweep} />
    </>
  );
}

function Leaderboard({ sweep, trials }: { sweep: Sweep; trials: Trial[] }) {
  const names = Object.keys(sweep.spec.space ?? {});
  const isWhole = route.value.query.has("all");
  return (
    <section class="sweep-section" aria-labelledby="trials">
      <h2 id="trials">Best trials</h2>
      <div class="scroll card" role="region" aria-label="Trials, the best first" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">
                <Term>trial</Term>
              </th>
              <th scope="col" class="number">
                <Term>{toWords(sweep.metric)}</Term>
              </th>
              {names.map((name) => (
                <th scope="col" key={name}>
                  {toWords(name.split(".").at(-1) ?? name)}
                </th>
              ))}
              <th scope="col" class="number">
                epochs
              </th>
              <th scope="col">state</th>
            </tr>
          </thead>
          <tbody>
            {trials.slice(0, isWhole ? trials.length : SHOWN_TRIALS).map((trial) => (
              <tr key={trial.job_id}>
                <th scope="row">
                  <a href={hrefFor(["jobs", trial.job_id])}>{trial.trial}</a>
                </th>
                <td class="number">{formatMetric(sweep.metric, trial.value)}</td>
                {names.map((name) => (
                  <td key={name}>{formatSetting(name, trial.settings[name])}</td>
                ))}
                <td class="number">{formatCount(trial.epoch)}</td>
                <td>{trial.stop_reason === "pruned" ? "stopped early" : trial.status}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {trials.length > SHOWN_TRIALS && (
        <button class="small more" onClick={() => setQuery({ all: isWhole ? null : "1" })}>
          {isWhole ? "Show fewer" : `Show all ${formatCount(trials.length)} trials`}
        </button>
      )}
    </section>
  );
}

function Importance({ sweep }: { sweep: Sweep }) {
  const known = Object.entries(sweep.importance).filter((pair): pair is [string, number] => pair[1] !== null);
  if (known.length === 0) return null;
  return (
    <section class="sweep-section" aria-labelledby="setting-importance">
      <header class="heading">
        <h2 id="setting-importance">
          <Term name="setting importance">Importance of settings</Term>
        </h2>
        <span class="muted">the share of the differences between trials that goes with each setting alone</span>
      </header>
      <ul class="importance card">
        {known
          .sort((one, other) => other[1] - one[1])
          .map(([name, share]) => (
            <li key={name}>
              <span>{toWords(name)}</span>
              <span class="track" aria-hidden="true">
                <span class="bar" style={{ width: `${share * 100}%` }} />
              </span>
              <span class="number">{formatPercent(share)}</span>
            </li>
          ))}
      </ul>
    </section>
  );
}

function Figure({ name, term = name, value }: { name: string; term?: string; value: string }) {
  return (
    <div>
      <dt>
        <Term name={term}>{name}</Term>
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

export const isRunning = ({ status }: Sweep): boolean => status === "running";

export function countTrials({ trials }: Sweep): { counts: Sweep["trials"]; ended: number } {
  return { counts: trials, ended: trials.succeeded + trials.pruned + trials.failed + trials.cancelled };
}

function describeBest(sweep: Sweep): string {
  const { best, metric } = sweep;
  if (!best) return sweep.status === "running" ? "The first trials are training." : "";
  const so = sweep.status === "running" ? " so far" : "";
  return `Best${so}: trial ${best.trial}, ${toWords(metric)} ${formatMetric(metric, best.value)}.`;
}
