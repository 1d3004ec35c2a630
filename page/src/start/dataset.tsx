// One dataset: what was found in it, what was wrong with it, and the few choices before training.
import { useEffect } from "preact/hooks";
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Dataset as DatasetShape, List, Row } from "../api/shapes";
import { ago, bytes, rows as countOf } from "../shell/figures";
import { Trouble, Waiting } from "../shell/notice";
import { ask, route } from "../shell/route";
import { ColumnCard } from "./column";
import { Faults } from "./faults";
import { change, changes } from "./recipe";
import { TrainPanel } from "./train";

const LOOKED_AT = 1_000;

export function Dataset({ id }: { id: string }) {
  const { value: dataset, problem, again } = useAnswer<DatasetShape>(`/v1/datasets/${part(id)}`);
  const reading = dataset?.status === "processing";
  useEffect(() => {
    const timer = reading ? setInterval(again, 1_000) : 0;
    return () => clearInterval(timer);
  }, [reading]);

  if (problem && !dataset) return <Trouble problem={problem} again={again} />;
  if (!dataset) return <Waiting what="Looking at the table" />;
  const faults = (dataset.issue_counts?.error ?? 0) + (dataset.issue_counts?.warning ?? 0);
  return (
    <>
      <header class="title">
        <p class="eyebrow">Dataset</p>
        <h1>{dataset.name}</h1>
        <p class="soft">
          {dataset.rows == null ? "" : `${countOf(dataset.rows)} · ${dataset.columns?.length} columns · `}
          {bytes(dataset.bytes)} · uploaded {ago(dataset.created_at)}
        </p>
      </header>
      {reading && <Waiting what="The table is large; a worker is reading it" />}
      {dataset.status === "failed" && dataset.error && <Trouble problem={dataset.error} />}
      {faults > 0 && <Faults id={id} rejected={dataset.rows_rejected ?? 0} faults={faults} />}
      {dataset.columns && <Columns dataset={dataset} />}
    </>
  );
}

function Columns({ dataset }: { dataset: DatasetShape }) {
  const columns = dataset.columns ?? [];
  const sample = useAnswer<List<Row>>(`/v1/datasets/${part(dataset.id)}/rows?limit=${LOOKED_AT}`);
  const target = route.value.query.get("target") ?? columns.at(-1)?.name ?? "";
  const names = columns.map((column) => column.name).filter((name) => name !== target);
  const features = changes().features ?? names;

  const learnFrom = (name: string, yes: boolean): void => {
    const next = names.filter((other) => (other === name ? yes : features.includes(other)));
    change("features", next.length === names.length ? undefined : next);
  };
  const aim = (name: string): void => {
    change("features", undefined);
    ask({ target: name });
  };
  return (
    <div class="bench">
      <TrainPanel datasetId={dataset.id} target={target} />
      <section aria-labelledby="columns">
        <h2 id="columns">Which column shall it learn to predict?</h2>
        <ul class="columns">
          {columns.map((column) => (
            <ColumnCard
              key={column.name}
              column={column}
              rows={dataset.rows ?? 0}
              sample={sample.value?.data}
              isTarget={column.name === target}
              isUsed={features.includes(column.name)}
              aim={() => aim(column.name)}
              use={(yes) => learnFrom(column.name, yes)}
            />
          ))}
        </ul>
        {(dataset.rows ?? 0) > LOOKED_AT && (
          <p class="soft">The pictures show the first {countOf(LOOKED_AT)}; the figures are those of all rows.</p>
        )}
      </section>
    </div>
  );
}
