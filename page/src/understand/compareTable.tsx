// Table of compared runs: the metrics of their best epochs, and the settings in which they differ.
import type { ComponentChild } from "preact";
import { Term } from "../help/term";
import { StatusBadge } from "../lists/jobRows";
import { listTags } from "../lists/tags";
import { formatCount, formatMetric, formatNumber, toWords } from "../shell/format";
import { Icon } from "../shell/icon";
import { hrefFor } from "../shell/route";
import { colourOf } from "./compareChart";
import { runTitle } from "./compareRuns";
import type { Run } from "./runCurves";
import { diffSpecs } from "./specDiff";

interface Props {
  runs: Run[];
  onRemove: (id: string) => void;
}

export function CompareTable({ runs, onRemove }: Props) {
  const jobs = runs.map(({ job }) => job);
  const main = jobs.map(({ main_metric: name }) => name ?? "").filter((name) => jobs.some(({ best }) => best?.metrics[name] != null));
  const metrics = [...new Set([...main, ...jobs.flatMap((job) => Object.keys(job.best?.metrics ?? {}))])];
  const differences = diffSpecs(jobs.map((job) => job.spec)).filter(({ name }) => name !== "dataset_id" && !name.startsWith("tags"));
  return (
    <section class="card" aria-labelledby="differ">
      <header>
        <h2 id="differ">Differences</h2>
        <span class="muted">metrics are those of the best epoch, whose net is kept</span>
      </header>
      <div class="scroll compared" tabIndex={0} role="region" aria-label="Differences, setting by setting">
        <table>
          <thead>
            <tr>
              <td />
              {runs.map((run) => (
                <th key={run.job.id} scope="col">
                  <a href={hrefFor(["jobs", run.job.id])} class={`key ${colourOf(run.n)}`}>
                    {runTitle(run)}
                  </a>
                  {runs.length > 2 && (
                    <button class="small quiet round" aria-label={`Take off run ${run.n + 1}`} title="Take it off" onClick={() => onRemove(run.job.id)}>
                      <Icon name="cross" />
                    </button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {metrics.map((name) => (
              <TableRow key={name} name={toWords(name)} cells={jobs.map((job) => formatMetric(name, job.best?.metrics[name]))} />
            ))}
            <TableRow name="validation loss, best epoch" cells={jobs.map(({ best }) => formatNumber(best?.validation_loss ?? best?.train_loss))} />
            <TableRow name="validation loss, last epoch" cells={jobs.map(({ latest }) => formatNumber(latest?.validation_loss ?? latest?.train_loss))} />
            <TableRow name="best epoch" cells={jobs.map((job) => job.best?.epoch ?? "–")} />
            <TableRow name="last epoch" cells={jobs.map((job) => formatCount(job.progress.epoch))} />
            <TableRow name="ended by" cells={jobs.map(({ stop_reason: reason }) => (reason ? toWords(reason) : "–"))} />
            {differences.map(({ name, values }) => (
              <TableRow key={name} name={name === "epochs" ? "maximum epochs" : toWords(name)} cells={values} />
            ))}
            {differences.length === 0 && <TableRow name="settings" cells={jobs.map(() => "the same")} />}
            <TableRow
              name="dataset"
              cells={jobs.map(({ spec, dataset_name: name }) => (
                <a href={hrefFor(["datasets", spec.dataset_id])}>
                  <bdi>{name ?? spec.dataset_id}</bdi>
                </a>
              ))}
            />
            <TableRow name="tags" cells={jobs.map(({ tags }) => listTags(tags).join(", ") || "–")} />
            <TableRow name="note" cells={jobs.map(({ note }) => note ?? "–")} />
            <TableRow name="status" cells={jobs.map((job) => <StatusBadge status={job.status} />)} />
            <TableRow name="id" cells={jobs.map((job) => <code>{job.id}</code>)} />
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
