// The columns of a dataset beside the settings of a training on it: which one is the target, which are inputs, and of which type each is.
import { useState } from "preact/hooks";
import { encodeSegment, isAllowed } from "../api/client";
import type { Column, ColumnType, Dataset, Job, List, Row } from "../api/shapes";
import { listTargets } from "../api/targets";
import { useFetch } from "../api/useFetch";
import { formatCount, formatRows } from "../shell/format";
import { Loading } from "../shell/notices";
import { ColumnCard } from "./columnCard";
import { EXAMPLES } from "./examples";
import { readChanges, readTargets, setSetting } from "./jobDraft";
import { TrainPanel } from "./trainPanel";
import { TextProfile } from "./textProfile";
import { findWholeText } from "./textFiles";
import { TypeChanges } from "./typeChanges";

const SAMPLE_ROWS = 1_000;
const MAX_CARDS = 60;

export function TrainingSetup({ dataset, columns }: { dataset: Dataset; columns: Column[] }) {
  const targets = useTargets(dataset, columns);
  const sample = useFetch<List<Row>>(`/v1/datasets/${encodeSegment(dataset.id)}/rows?limit=${SAMPLE_ROWS}`);
  const [types, setTypes] = useState<Record<string, ColumnType>>({});
  const [isWhole, setIsWhole] = useState(false);
  if (targets === undefined) return <Loading />;

  const text = findWholeText(dataset);
  const panel = isAllowed("train") && (
    <TrainPanel datasetId={dataset.id} rows={dataset.rows ?? 0} columns={columns} targets={targets} text={text?.name} />
  );
  if (text) {
    return (
      <div class="training-setup">
        {panel}
        <TextProfile dataset={dataset} column={text} sample={sample.value?.data} />
      </div>
    );
  }
  const names = columns.map((column) => column.name).filter((name) => !targets.includes(name));
  const features = new Set(readChanges().features ?? names);
  const setUsed = (name: string, isUsed: boolean): void => {
    const next = names.filter((other) => (other === name ? isUsed : features.has(other)));
    setSetting("features", next.length === names.length ? undefined : next);
  };
  const setType = ({ name, type }: Column, chosen: ColumnType): void => {
    const others = Object.entries(types).filter(([other]) => other !== name);
    setTypes(Object.fromEntries(chosen === type ? others : [...others, [name, chosen]]));
  };
  const roles = findRoles(targets);
  const shown = isWhole ? columns : columns.slice(0, MAX_CARDS);
  return (
    <div class="training-setup">
      {panel}
      <section aria-labelledby="columns">
        <h2 id="columns">Columns</h2>
        <TypeChanges dataset={dataset} types={types} onUndo={() => setTypes({})} />
        <ul class="columns">
          {shown.map((column) => (
            <ColumnCard
              key={column.name}
              column={column}
              rows={dataset.rows ?? 0}
              sample={sample.value?.data}
              targets={targets}
              role={roles?.get(column.name)}
              hasRoles={roles !== undefined}
              isUsed={features.has(column.name)}
              type={types[column.name] ?? column.type}
              onUse={(isUsed) => setUsed(column.name, isUsed)}
              onType={(type) => setType(column, type)}
            />
          ))}
        </ul>
        {shown.length < columns.length && (
          <button onClick={() => setIsWhole(true)}>Show all {formatCount(columns.length)} columns</button>
        )}
        {(dataset.rows ?? 0) > SAMPLE_ROWS && (
          <p class="muted">Histograms show the first {formatRows(SAMPLE_ROWS)}; statistics cover all rows.</p>
        )}
      </section>
    </div>
  );
}

/** What a recommendation is learned from, by the columns; undefined of other tasks. */
function findRoles([target = ""]: string[]): Map<string, string> | undefined {
  const { task, user, item, text } = readChanges();
  if (task === "language") return new Map([[text ?? "", "text"]]);
  if (task !== "recommendation") return undefined;
  return new Map([[target, "rating"], [user ?? "", "user"], [item ?? "", "item"]]);
}

/** The targets: of the address, else those of the newest job on this dataset, of the example that it is, or the last column. */
function useTargets(dataset: Dataset, columns: Column[]): string[] | undefined {
  const chosen = readTargets();
  const areKnown = (names: string[]): boolean => names.length > 0 && names.every((name) => columns.some((column) => column.name === name));
  const isChosen = chosen.length > 1 || areKnown(chosen);
  const newest = useFetch<List<Job>>(isChosen ? null : `/v1/jobs?limit=1&dataset_id=${encodeURIComponent(dataset.id)}`);
  if (isChosen) return chosen;
  if (!newest.value && !newest.problem) return undefined;
  const job = newest.value?.data[0];
  const example = EXAMPLES.find(({ file }) => file === dataset.name);
  const candidates = [job ? listTargets(job.spec) : [], example ? [example.target] : []];
  return candidates.find(areKnown) ?? columns.slice(-1).map(({ name }) => name);
}
