// The columns of a dataset beside the settings of a training on it: which one is the target, which are inputs, and of which type each is.
import { useMemo, useState } from "preact/hooks";
import { isAllowed } from "../api/client";
import type { Column, ColumnType, Dataset, Job, List } from "../api/shapes";
import { listTargets } from "../api/targets";
import { useFetch } from "../api/useFetch";
import { Loading } from "../shell/notices";
import { Columns } from "../table/columns";
import type { ColumnChoices } from "../table/columnChoices";
import { Preview } from "../table/preview";
import { route } from "../shell/route";
import { EXAMPLES } from "./examples";
import { readChanges, readTargets, setSetting } from "./jobDraft";
import { PictureGallery } from "./pictureGallery";
import { TrainPanel } from "./trainPanel";
import { TextProfile } from "./textProfile";
import { findWholeText } from "./textFiles";

export function TrainingSetup({ dataset, columns }: { dataset: Dataset; columns: Column[] }) {
  const targets = useTargets(dataset, columns);
  const [types, setTypes] = useState<Types>({});
  const changes = route.value.query.get("with");
  // the same object until a choice changes, so that what else changes in the address draws no column anew
  const choices = useMemo(() => chooseColumns(columns, targets ?? [], types, setTypes), [columns, targets?.join("\n"), changes, types]);
  if (targets === undefined) return <Loading />;

  const text = findWholeText(dataset);
  const panel = isAllowed("train") && (
    <TrainPanel datasetId={dataset.id} rows={dataset.rows ?? 0} columns={columns} targets={targets} text={text?.name} />
  );
  if (text) {
    return (
      <div class="training-setup">
        {panel}
        <TextProfile dataset={dataset} column={text} />
      </div>
    );
  }
  return (
    <div class="training-setup">
      {panel}
      <div class="the-table">
        <PictureGallery key={dataset.id} dataset={dataset} />
        <Preview dataset={dataset} columns={columns} targets={targets} />
        <Columns dataset={dataset} columns={columns} choices={choices} onUndoTypes={() => setTypes({})} />
      </div>
    </div>
  );
}

type Types = Record<string, ColumnType>;

/** What is chosen of the columns, in the address and of their types. */
function chooseColumns(columns: Column[], targets: string[], types: Types, setTypes: (types: Types) => void): ColumnChoices {
  const names = columns.map((column) => column.name).filter((name) => !targets.includes(name));
  const features = new Set(readChanges().features ?? names);
  const onUse = (changed: string[], isUsed: boolean): void => {
    const among = new Set(changed);
    const next = names.filter((name) => (among.has(name) ? isUsed : features.has(name)));
    setSetting("features", next.length === names.length ? undefined : next);
  };
  const onType = ({ name, type }: Column, chosen: ColumnType): void => {
    const others = Object.entries(types).filter(([other]) => other !== name);
    setTypes(Object.fromEntries(chosen === type ? others : [...others, [name, chosen]]));
  };
  return { targets, roles: findRoles(targets), features, types, onUse, onType };
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
