// Table of models: a row for the newest version of each name, and below it, on demand, all its versions.
import { useState } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { List, Model } from "../api/shapes";
import { nameAction, nameSubject } from "../api/targets";
import { useFetch } from "../api/useFetch";
import { formatAge, formatCompact, formatMetric, formatMoment, toWords } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { SortHeader } from "./filters";
import { EditLabelsButton, LabelForm, LabelLine } from "./labels";
import { PromoteButton, PromoteForm } from "./promote";
import { SelectAllBox, SelectBox } from "./selection";

const MAX_VERSIONS = 100;
const COLUMNS = 7;

interface Props {
  models: Model[];
  onChange: () => void;
}

export function ModelTable({ models, onChange }: Props) {
  const [opened, setOpened] = useState<string[]>([]);
  const toggle = (name: string): void => setOpened(opened.includes(name) ? opened.filter((one) => one !== name) : [...opened, name]);
  return (
    <table class="list models card">
      <thead>
        <tr>
          <th scope="col">
            <SelectAllBox ids={models.map(({ id }) => id)} />
          </th>
          <SortHeader name="name" label="Model" />
          <th scope="col">Validation</th>
          <th scope="col">Versions</th>
          <SortHeader name="parameters" label="Parameters" />
          <SortHeader name="created" label="Age" />
          <th scope="col">
            <span class="visually-hidden">Alias, tags and note</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <ModelGroup key={model.name} newest={model} isOpen={opened.includes(model.name)} onToggle={() => toggle(model.name)} onChange={onChange} />
        ))}
      </tbody>
    </table>
  );
}

interface GroupProps {
  newest: Model;
  isOpen: boolean;
  onToggle: () => void;
  onChange: () => void;
}

function ModelGroup({ newest, isOpen, onToggle, onChange }: GroupProps) {
  const { name, versions, aliases_of_name: aliases } = newest;
  return (
    <>
      <ModelRow model={newest} onChange={onChange}>
        {versions > 1 && (
          <button class="small" aria-expanded={isOpen} aria-label={`${versions} versions of ${name}`} onClick={onToggle}>
            {versions} {isOpen ? "▴" : "▾"}
          </button>
        )}
        <span class="labels">
          {Object.entries(aliases).map(([alias, version]) => (
            <a key={alias} class="tag alias" href={hrefFor(["models", `${name}@${alias}`])} title={`${name}@${alias} is version ${version}`}>
              @{alias} {version}
            </a>
          ))}
        </span>
      </ModelRow>
      {isOpen && <Versions newest={newest} onChange={onChange} />}
    </>
  );
}

/** The older versions of a name; fetched again when an alias or the newest version changes. */
function Versions({ newest, onChange }: { newest: Model; onChange: () => void }) {
  const state = `${newest.id} ${newest.versions} ${JSON.stringify(newest.aliases_of_name)}`;
  return <VersionRows key={state} newest={newest} onChange={onChange} />;
}

function VersionRows({ newest, onChange }: { newest: Model; onChange: () => void }) {
  const { value, problem, refetch } = useFetch<List<Model>>(`/v1/models?name=${encodeURIComponent(newest.name)}&limit=${MAX_VERSIONS}`);
  const change = (): void => {
    refetch();
    onChange();
  };
  if (!value) {
    return (
      <tr>
        <td colSpan={COLUMNS}>{problem ? <ErrorNotice problem={problem} retry={refetch} /> : <Loading />}</td>
      </tr>
    );
  }
  return (
    <>
      {value.data
        .filter(({ id }) => id !== newest.id)
        .map((model) => (
          <ModelRow key={model.id} model={model} isOlder onChange={change}>
            <span class="labels">
              {model.aliases.map((alias) => (
                <span key={alias} class="tag alias">
                  @{alias}
                </span>
              ))}
            </span>
          </ModelRow>
        ))}
    </>
  );
}

interface RowProps {
  model: Model;
  isOlder?: boolean;
  onChange: () => void;
  /** Its aliases, and how many versions there are. */
  children: preact.ComponentChildren;
}

function ModelRow({ model, isOlder = false, onChange, children }: RowProps) {
  const [open, setOpen] = useState<"labels" | "alias">();
  const reference = `${model.name}:${model.version}`;
  const toggle = (form: "labels" | "alias"): void => setOpen(open === form ? undefined : form);
  const close = (): void => setOpen(undefined);
  return (
    <>
      <tr class={isOlder ? "older" : ""}>
        <td class="first">
          <SelectBox id={model.id} name={reference} />
        </td>
        <td class="name">
          <a href={hrefFor(["models", reference])}>
            <strong>{model.name}</strong>:{model.version}{" "}
            <span class="muted">
              {nameAction(model)} <bdi>{nameSubject(model)}</bdi>
            </span>
          </a>
          <span class="under muted">
            <LabelLine tags={model.tags} note={model.note ?? null} />
          </span>
        </td>
        <td class="score number">
          <Score model={model} />
        </td>
        <td class="versions">{children}</td>
        <td class="epochs number muted">
          {formatCompact(model.parameters)}
          <span class="unit"> parameters</span>
        </td>
        <td class="when muted" title={formatMoment(model.created_at)}>
          {formatAge(model.created_at)}
        </td>
        <td class="row-tools">
          <PromoteButton name={reference} isOpen={open === "alias"} onToggle={() => toggle("alias")} />
          <EditLabelsButton name={reference} isOpen={open === "labels"} onToggle={() => toggle("labels")} />
        </td>
      </tr>
      {open && (
        <tr class="form">
          <td colSpan={COLUMNS}>
            {open === "alias" ? (
              <PromoteForm model={model} onSaved={onChange} onClose={close} />
            ) : (
              <LabelForm path={`/v1/models/${encodeSegment(model.id)}`} labels={model} onSaved={onChange} onClose={close} />
            )}
          </td>
        </tr>
      )}
    </>
  );
}

function Score({ model }: { model: Model }) {
  const metrics = model.metrics.validation ?? model.metrics.train ?? {};
  const metric = model.main_metric && metrics[model.main_metric] != null ? model.main_metric : Object.keys(metrics).find((name) => name !== "loss");
  if (!metric) return null;
  return (
    <>
      <strong>{formatMetric(metric, metrics[metric])}</strong> <span class="muted">{toWords(metric)}</span>
    </>
  );
}
