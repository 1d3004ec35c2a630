// Comparison of jobs: their loss curves, one chart for each loss, and the settings in which they differ.
import type { ComponentChild } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import { get, encodeSegment, Problem } from "../api/client";
import type { Epoch, Job, List } from "../api/shapes";
import { Term } from "../help/term";
import { jobName, StatusBadge } from "../lists/jobRows";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatCount, formatMetric, formatMoment, formatNumber, shorten, toWords } from "../shell/format";
import { EmptyState, Loading, PageProblem } from "../shell/notices";
import { setQuery, route, hrefFor } from "../shell/route";
import { themeColour, SERIES_COLOURS } from "../shell/theme";
import { downsample } from "../shell/downsample";
import { diffSpecs } from "./specDiff";
import { nameTargets } from "../api/targets";

interface Run {
  job: Job;
  epochs: Epoch[];
}

const MAX_POINTS = 1_000;

export function Compare() {
  const selected = [...new Set((route.value.query.get("jobs") ?? "").split(",").filter(Boolean))];
  const ids = selected.slice(0, SERIES_COLOURS.length);
  const isCut = selected.length > ids.length;
  const idList = ids.join(",");
  const [result, setResult] = useState<{ idList: string; runs?: Run[]; problem?: Problem }>({ idList: "" });
  const { runs, problem } = result.idList === idList ? result : {};
  const groups = useMemo(() => groupByLoss(runs ?? []), [runs]);
  useEffect(() => {
    const controller = new AbortController();
    Promise.all(ids.map((id) => fetchRun(id, controller.signal))).then(
      (found) => setResult({ idList, runs: found }),
      (error: unknown) => {
        if (error instanceof Problem && !controller.signal.aborted) setResult({ idList, problem: error });
      },
    );
    return () => controller.abort();
  }, [idList]);

  if (problem) {
    return (
      <>
        <PageProblem problem={problem} />
        <p>
          <a href={hrefFor(["jobs"])}>Select other runs</a>
        </p>
      </>
    );
  }
  if (ids.length < 2) {
    return (
      <EmptyState title="Select at least two runs" isPage>
        Select them in <a href={hrefFor(["jobs"])}>the list of jobs</a>.
      </EmptyState>
    );
  }
  if (!runs) return <Loading />;
  return (
    <>
      <header class="title">
        <h1>Comparing {runs.length} runs</h1>
        {isCut && <p class="muted">These are the first {SERIES_COLOURS.length} of the runs that were selected.</p>}
      </header>
      {groups.map((group) => (
        <LossCurves key={group.map(({ n }) => n).join()} group={group} isAlone={groups.length === 1} />
      ))}
      <RunTable runs={runs} />
    </>
  );
}

async function fetchRun(id: string, signal: AbortSignal): Promise<Run> {
  const path = `/v1/jobs/${encodeSegment(id)}`;
  const job = await get<Job>(path, signal);
  const epochs: Epoch[] = [];
  for (let hasMore = true; hasMore; ) {
    const page = await get<List<Epoch>>(`${path}/epochs?limit=1000&after_epoch=${epochs.at(-1)?.epoch ?? 0}`, signal);
    epochs.push(...page.data);
    hasMore = page.has_more;
  }
  return { job, epochs };
}

interface NumberedRun {
  run: Run;
  n: number;
}

/** The runs by their loss and target: those whose losses measure different things share no axis. */
function groupByLoss(runs: Run[]): NumberedRun[][] {
  const numbered = runs.map((run, n) => ({ run, n }));
  const keyOf = ({ job: { spec } }: Run): string => JSON.stringify([spec.loss, nameTargets(spec)]);
  return [...new Set(runs.map(keyOf))].map((key) => numbered.filter(({ run }) => keyOf(run) === key));
}

function LossCurves({ group, isAlone }: { group: NumberedRun[]; isAlone: boolean }) {
  const id = `curves-${group.map(({ n }) => n).join("-")}`;
  const target = group[0] ? nameTargets(group[0].run.job.spec) : "";
  const loss = group[0]?.run.job.spec.loss ?? "";
  const log = route.value.query.get("scale") === "log";
  const data = useMemo(() => {
    const longest = Math.max(...group.map(({ run: { epochs } }) => epochs.length));
    const x = Array.from({ length: longest }, (_, n) => n + 1);
    const losses = group.map(({ run: { epochs } }) => x.map((_, n) => lossOf(epochs[n], log)));
    return downsample(x, losses, MAX_POINTS) as uPlot.AlignedData;
  }, [group, log]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [createAxis("epoch"), createVerticalAxis(toWords(loss), log)],
    series: [
      { label: "epoch" },
      ...group.map(({ run: { job }, n }) => ({
        label: runTitle(job, n),
        stroke: themeColour(SERIES_COLOURS[n] as string),
        width: 2,
        points: { show: false },
        value: (_: uPlot, value: number | null) => formatNumber(value),
      })),
    ],
  });
  const ends = group.map(({ run: { job, epochs }, n }) => `${runTitle(job, n)} ends at ${formatNumber(lossOf(epochs.at(-1), false))}`);
  return (
    <section class="card curves" aria-labelledby={id}>
      <header>
        <h2 id={id}>
          <Term>Validation loss</Term>: {toWords(loss)}
          {!isAlone && <span class="muted"> of {shorten(target)}</span>}
        </h2>
        <label class="switch">
          <input type="checkbox" checked={log} onChange={() => setQuery({ scale: log ? null : "log" })} /> log scale
        </label>
      </header>
      <Chart data={data} options={options} height={340} legend="values" optionsKey={String(log)} label={`${ends.join("; ")}.`} />
    </section>
  );
}

/** The number, name and time of a run; its id is in the table. */
const runTitle = (job: Job, n: number): string => `${n + 1} ${shorten(jobName(job))}, ${formatMoment(job.created_at)}`;

function lossOf(epoch: Epoch | undefined, log: boolean): number | null {
  const loss = epoch?.validation_loss ?? epoch?.train_loss ?? null;
  return log && loss !== null && loss <= 0 ? null : loss;
}

function RunTable({ runs }: { runs: Run[] }) {
  const jobs = runs.map(({ job }) => job);
  const metrics = [...new Set(jobs.flatMap((job) => Object.keys(job.best?.metrics ?? {})))];
  return (
    <section class="card" aria-labelledby="differ">
      <header>
        <h2 id="differ">Differences</h2>
        <span class="muted">metrics are those of the best epoch, whose net is kept</span>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-label="Differences, setting by setting">
        <table>
          <thead>
            <tr>
              <td />
              {jobs.map((job, n) => (
                <th key={job.id} scope="col">
                  <a href={hrefFor(["jobs", job.id])} class={`key ${SERIES_COLOURS[n]}`}>
                    {runTitle(job, n)}
                  </a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <TableRow name="id" cells={jobs.map((job) => <code>{job.id}</code>)} />
            <TableRow name="dataset" cells={jobs.map((job) => <a href={hrefFor(["datasets", job.spec.dataset_id])}>{job.spec.dataset_id}</a>)} />
            <TableRow name="status" cells={jobs.map((job) => <StatusBadge status={job.status} />)} />
            <TableRow name="best epoch" cells={jobs.map((job) => job.best?.epoch ?? "–")} />
            <TableRow name="validation loss, best epoch" cells={jobs.map((job) => formatNumber(job.best?.validation_loss ?? job.best?.train_loss))} />
            <TableRow name="validation loss, last epoch" cells={jobs.map((job) => formatNumber(job.latest?.validation_loss ?? job.latest?.train_loss))} />
            <TableRow name="last epoch" cells={jobs.map((job) => formatCount(job.progress.epoch))} />
            {metrics.map((name) => (
              <TableRow key={name} name={toWords(name)} cells={jobs.map((job) => formatMetric(name, job.best?.metrics[name]))} />
            ))}
            {diffSpecs(jobs.map((job) => job.spec))
              .filter(({ name }) => name !== "dataset_id")
              .map(({ name, values }) => (
              <TableRow key={name} name={name === "epochs" ? "maximum epochs" : toWords(name)} cells={values} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function TableRow({ name, cells }: { name: string; cells: ComponentChild[] }) {
  return (
    <tr>
      <th scope="row">
        <Term>{name}</Term>
      </th>
      {cells.map((cell, n) => (
        <td key={n}>{cell}</td>
      ))}
    </tr>
  );
}
