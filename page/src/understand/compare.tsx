// Several jobs side by side: their curves in one picture, and only what differs between their specs.
import type { ComponentChild } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import { get, part, Problem } from "../api/ask";
import type { Epoch, Job, List } from "../api/shapes";
import { jobName, Status } from "../lists/jobrows";
import { axis } from "../shell/axis";
import { Chart } from "../shell/chart";
import { figure, words } from "../shell/figures";
import { Empty, Trouble, Waiting } from "../shell/notice";
import { ask, route, to } from "../shell/route";
import { colour, HUES } from "../shell/theme";
import { thinned } from "../shell/thinned";
import { differences } from "./differences";

interface Compared {
  job: Job;
  epochs: Epoch[];
}

const POINTS = 1_000;

export function Compare() {
  const ids = (route.value.query.get("jobs") ?? "").split(",").filter(Boolean).slice(0, HUES.length);
  const [compared, setCompared] = useState<Compared[]>();
  const [problem, setProblem] = useState<Problem>();
  const asked = ids.join(",");
  useEffect(() => {
    const aborting = new AbortController();
    Promise.all(ids.map((id) => fetched(id, aborting.signal))).then(setCompared, (error: unknown) => {
      if (error instanceof Problem) setProblem(error);
    });
    return () => aborting.abort();
  }, [asked]);

  if (problem) return <Trouble problem={problem} />;
  if (ids.length < 2) {
    return (
      <Empty title="Two jobs at least">
        Tick them in <a href={to(["jobs"])}>the list of jobs</a>.
      </Empty>
    );
  }
  if (!compared) return <Waiting what="Fetching their epochs" />;
  return (
    <>
      <header class="title">
        <h1>{compared.length} jobs side by side</h1>
      </header>
      <Curves compared={compared} />
      <Table compared={compared} />
    </>
  );
}

async function fetched(id: string, signal: AbortSignal): Promise<Compared> {
  const path = `/v1/jobs/${part(id)}`;
  const job = await get<Job>(path, signal);
  const epochs: Epoch[] = [];
  for (let more = true; more; ) {
    const page = await get<List<Epoch>>(`${path}/epochs?limit=1000&after_epoch=${epochs.at(-1)?.epoch ?? 0}`, signal);
    epochs.push(...page.data);
    more = page.has_more;
  }
  return { job, epochs };
}

function Curves({ compared }: { compared: Compared[] }) {
  const log = route.value.query.get("scale") === "log";
  const data = useMemo(() => {
    const longest = Math.max(...compared.map(({ epochs }) => epochs.length));
    const x = Array.from({ length: longest }, (_, n) => n + 1);
    const losses = compared.map(({ epochs }) => x.map((_, n) => shownLoss(epochs[n], log)));
    return thinned(x, losses, POINTS) as uPlot.AlignedData;
  }, [compared, log]);
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [12, 18, 0, 0],
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    axes: [axis("epoch"), axis(undefined, log)],
    series: [
      { label: "epoch" },
      ...compared.map(({ job }, n) => ({
        label: title(job, n),
        stroke: colour(HUES[n] as string),
        width: 2,
        points: { show: false },
        value: (_: uPlot, value: number | null) => figure(value),
      })),
    ],
  });
  const ends = compared.map(({ job, epochs }, n) => `${title(job, n)} ends at ${figure(shownLoss(epochs.at(-1), false))}`);
  return (
    <section class="card curves" aria-labelledby="curves">
      <header>
        <h2 id="curves">Loss on the rows held back</h2>
        <label class="switch">
          <input type="checkbox" checked={log} onChange={() => ask({ scale: log ? null : "log" })} /> log scale
        </label>
      </header>
      <Chart data={data} options={options} height={340} kind={String(log)} label={`${ends.join("; ")}.`} />
    </section>
  );
}

const title = (job: Job, n: number): string => `${n + 1} ${jobName(job)}`;

function shownLoss(epoch: Epoch | undefined, log: boolean): number | null {
  const loss = epoch?.validation_loss ?? epoch?.train_loss ?? null;
  return log && loss !== null && loss <= 0 ? null : loss;
}

function Table({ compared }: { compared: Compared[] }) {
  const jobs = compared.map(({ job }) => job);
  const metrics = [...new Set(jobs.flatMap((job) => Object.keys(job.latest?.metrics ?? {})))];
  return (
    <section class="card" aria-labelledby="differ">
      <h2 id="differ">What differs</h2>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="differ">
        <table>
          <thead>
            <tr>
              <td />
              {jobs.map((job, n) => (
                <th key={job.id} scope="col">
                  <a href={to(["jobs", job.id])} class={`key ${HUES[n]}`}>
                    {title(job, n)}
                  </a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Line name="status" cells={jobs.map((job) => <Status status={job.status} />)} />
            <Line name="best loss" cells={jobs.map((job) => figure(job.best?.validation_loss ?? job.best?.train_loss))} />
            <Line name="epochs" cells={jobs.map((job) => job.progress.epoch)} />
            {metrics.map((name) => (
              <Line key={name} name={words(name)} cells={jobs.map((job) => figure(job.latest?.metrics[name]))} />
            ))}
            {differences(jobs.map((job) => job.spec)).map(({ name, values }) => (
              <Line key={name} name={name} cells={values} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Line({ name, cells }: { name: string; cells: ComponentChild[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, n) => (
        <td key={n}>{cell}</td>
      ))}
    </tr>
  );
}
