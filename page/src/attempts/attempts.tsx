// The chain of attempts that a run belongs to: a small curve of each, and what was changed from one to the next.
import { useEffect, useState } from "preact/hooks";
import { encodeSegment, get } from "../api/client";
import type { Epoch, Job, List } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { formatMetric, formatNumber, toWords } from "../shell/format";
import { hrefFor } from "../shell/route";
import { diffSpecs } from "../understand/specDiff";
import { CHANGED_FROM } from "./changedFrom";
import { Sparkline } from "./sparkline";

const MAX_SEARCHED = 100;
const MAX_SHOWN = 8;
const MAX_CHANGES = 3;

export function Attempts({ job }: { job: Job }) {
  const { value } = useFetch<List<Job>>(`/v1/jobs?limit=${MAX_SEARCHED}&dataset_id=${encodeURIComponent(job.spec.dataset_id)}`);
  const chain = value ? findChain(job, value.data).slice(-MAX_SHOWN) : [];
  const curves = useCurves(chain);
  if (chain.length < 2) return null;
  const highest = Math.max(...[...curves.values()].flat().filter(Number.isFinite), 0);
  return (
    <section class="attempts" aria-labelledby="attempts">
      <h2 id="attempts">Attempts</h2>
      <ol>
        {chain.map((attempt) => (
          <li key={attempt.id} class="card">
            <a href={hrefFor(["jobs", attempt.id])} aria-current={attempt.id === job.id ? "page" : undefined}>
              <Sparkline values={curves.get(attempt.id) ?? []} highest={highest} label={describeCurve(attempt)} />
              <strong class="number">{describeResult(attempt)}</strong>
            </a>
            <Changes attempt={attempt} from={chain.find(({ id }) => id === attempt.spec.tags[CHANGED_FROM])} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Changes({ attempt, from }: { attempt: Job; from: Job | undefined }) {
  if (!from) return <p class="muted">the first</p>;
  const changes = diffSpecs([from.spec, attempt.spec]).filter(({ name }) => !name.startsWith("tags"));
  if (changes.length === 0) return <p class="muted">the same settings</p>;
  return (
    <ul class="changes">
      {changes.slice(0, MAX_CHANGES).map(({ name, values }) => (
        <li key={name}>
          {toWords(name)} <s>{values[0]}</s> <b>{values[1]}</b>
        </li>
      ))}
      {changes.length > MAX_CHANGES && <li class="muted">and {changes.length - MAX_CHANGES} more</li>}
    </ul>
  );
}

/** The jobs that were changed from one another, among which is this one, oldest first. */
function findChain(job: Job, jobs: Job[]): Job[] {
  const known = new Map([...jobs, job].map((one) => [one.id, one]));
  const links = [...known.values()].map((one) => [one.id, one.spec.tags[CHANGED_FROM]] as const);
  const found = new Set([job.id]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const [id, from] of links) {
      if (from === undefined || !known.has(from) || !(found.has(id) || found.has(from))) continue;
      found.add(id).add(from);
    }
  }
  return [...known.values()].filter(({ id }) => found.has(id)).sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** The validation losses of each job, by its id, or the training losses where nothing is held out. */
function useCurves(jobs: Job[]): Map<string, number[]> {
  const [curves, setCurves] = useState(new Map<string, number[]>());
  const ids = jobs.map(({ id, status }) => `${id} ${status}`).join();
  useEffect(() => {
    const controller = new AbortController();
    const load = async (job: Job): Promise<[string, number[]]> => {
      const { data } = await get<List<Epoch>>(`/v1/jobs/${encodeSegment(job.id)}/epochs?limit=1000`, controller.signal);
      return [job.id, data.map((epoch) => epoch.validation_loss ?? epoch.train_loss ?? NaN)];
    };
    Promise.all(jobs.map(load)).then((found) => setCurves(new Map(found)), () => undefined);
    return () => controller.abort();
  }, [ids]);
  return curves;
}

function describeResult({ best, status }: Job): string {
  if (!best) return status;
  for (const name of ["accuracy", "rmse", "ndcg_at_10", "bits_per_character"]) {
    if (best.metrics[name] != null) return `${toWords(name)} ${formatMetric(name, best.metrics[name])}`;
  }
  return `loss ${formatNumber(best.validation_loss ?? best.train_loss)}`;
}

const describeCurve = ({ best }: Job): string =>
  best ? `Loss by epoch; the best, ${formatNumber(best.validation_loss ?? best.train_loss)}, in epoch ${best.epoch}` : "Loss by epoch";
