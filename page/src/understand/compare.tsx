// Comparison of jobs: their loss curves, one chart for each loss, and the settings in which they differ.
import type { ComponentChild } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import { get, encodeSegment, Problem } from "../api/client";
import type { Epoch, Job, List } from "../api/shapes";
import { jobName, StatusBadge } from "../lists/jobRows";
import { createAxis, createVerticalAxis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { formatCount, formatNumber, toWords } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { setQuery, route, hrefFor } from "../shell/route";
import { themeColour, SERIES_COLOURS } from "../shell/theme";
import { downsample } from "../shell/downsample";
import { diffSpecs } from "./specDiff";

interface Run {
  job: Job;
  epochs: Epoch[];
}

const MAX_POINTS = 1_000;

export function Compare() {
  const ids = (route.value.query.get("jobs") ?? "").split(",").filter(Boolean).slice(0, SERIES_COLOURS.length);
  const [runs, setRuns] = useState<Run[]>();
  const [problem, setProblem] = useState<Problem>();
  const idList = ids.join(",");
  const groups = useMemo(() => groupByLoss(runs ?? []), [runs]);
  useEffect(() => {
    const controller = new AbortController();
    Promise.all(ids.map((id) => fetchRun(id, controller.signal))).then(setRuns, (error: unknown) => {
      if (error instanceof Problem) setProblem(error);
    });
    return () => controller.abort();
  }, [idList]);

  if (problem) return <ErrorNotice problem={problem} />;
  if (ids.length < 2) {
    return (
      <EmptyState title="Select at least two runs">
        Select them in <a href={hrefFor(["jobs"])}>the list of jobs</a>.
      </EmptyState>
    );
  }
  if (!runs) return <Loading />;
  return (
    <>
      <header class="title">
        <h1>Comparing {runs.length} runs</h1>
      </header>
      {groups.map((group) => (
        <LossCurves key={group[0]?.run.job.spec.loss} group={group} />
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

/** The runs by their loss: those of different losses share no axis. */
function groupByLoss(runs: Run[]): NumberedRun[][] {
  const numbered = runs.map((run, n) => ({ run, n }));
  const losses = [...new Set(runs.map(({ job }) => job.spec.loss))];
  return losses.map((loss) => numbered.filter(({ run }) => run.job.spec.loss === loss));
}

function LossCurves({ group }: { group: NumberedRun[] }) {
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
    <section class="card curves" aria-labelledby={`curves-${loss}`}>
      <header>
        <h2 id={`curves-${loss}`}>Validation loss: {toWords(loss)}</h2>
        <label class="switch">
          <input type="checkbox" checked={log} onChange={() => setQuery({ scale: log ? null : "log" })} /> log scale
        </label>
      </header>
      <Chart data={data} options={options} height={340} legend="values" optionsKey={String(log)} label={`${ends.join("; ")}.`} />
    </section>
  );
}

const runTitle = (job: Job, n: number): string => `${n + 1} ${jobName(job)}`;

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
        <span class="muted">loss and metrics are those of the best epoch</span>
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
            <TableRow name="status" cells={jobs.map((job) => <StatusBadge status={job.status} />)} />
            <TableRow name="best epoch" cells={jobs.map((job) => job.best?.epoch ?? "–")} />
            <TableRow name="validation loss" cells={jobs.map((job) => formatNumber(job.best?.validation_loss ?? job.best?.train_loss))} />
            <TableRow name="epochs trained" cells={jobs.map((job) => formatCount(job.progress.epoch))} />
            {metrics.map((name) => (
              <TableRow key={name} name={toWords(name)} cells={jobs.map((job) => formatNumber(job.best?.metrics[name]))} />
            ))}
            {diffSpecs(jobs.map((job) => job.spec)).map(({ name, values }) => (
              <TableRow key={name} name={name === "epochs" ? "maximum epochs" : name} cells={values} />
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
      <th scope="row">{name}</th>
      {cells.map((cell, n) => (
        <td key={n}>{cell}</td>
      ))}
    </tr>
  );
}
