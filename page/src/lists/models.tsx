// List of all models.
import { useState } from "preact/hooks";
import { encodeSegment, type Problem } from "../api/client";
import type { Model } from "../api/shapes";
import { formatCompact, formatAge, formatMetric, toWords } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { DeleteButton } from "./deleteButton";
import { compareNames, ListTools, SearchScope, selectItems, type Sorting } from "./listTools";
import { usePages } from "./usePages";
import { nameAction, nameSubject } from "../api/targets";

const reference = (model: Model): string => `${model.name}:${model.version}`;
const SORTINGS: Sorting<Model>[] = [
  { name: "name", compare: (one, other) => compareNames(reference(one), reference(other)) },
  { name: "parameters", compare: (one, other) => one.parameters - other.parameters },
];

export function ModelList() {
  const { items, hasMore, problem, loadMore, refresh } = usePages<Model>("/v1/models", () => false);
  const [deleteProblem, setDeleteProblem] = useState<Problem>();
  const textOf = (model: Model): string => `${reference(model)} ${nameSubject(model)} ${model.aliases.map((alias) => `@${alias}`).join(" ")} ${model.id}`;
  const shown = selectItems(items ?? [], textOf, SORTINGS);
  return (
    <>
      <header class="title">
        <h1>Models</h1>
        <p class="muted">Trained models, ready to predict. Models are versioned; the plain name always means the latest version.</p>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {deleteProblem && <ErrorNotice problem={deleteProblem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title="No models yet">
          <a href="#/">Train one</a>; the example tables take seconds.
        </EmptyState>
      )}
      {items && items.length > 0 && <ListTools noun="models" sortings={SORTINGS.map(({ name }) => name)} />}
      {shown.length > 0 && (
        <ul class="rows card">
          {shown.map((model) => (
            <li key={model.id}>
              <a href={hrefFor(["models", reference(model)])}>
                <span class="name">
                  <strong>{model.name}</strong>:{model.version} <span class="muted">
                    {nameAction(model)} <bdi>{nameSubject(model)}</bdi>
                  </span>
                </span>
                <span class="muted number">{formatScore(model)}</span>
                <span class="muted number">{formatCompact(model.parameters)} parameters</span>
                <span class="aliases">
                  {model.aliases.map((alias) => (
                    <span key={alias} class="tag">
                      @{alias}
                    </span>
                  ))}
                </span>
                <span class="muted when">{formatAge(model.created_at)}</span>
              </a>
              <DeleteButton
                path={`/v1/models/${encodeSegment(model.id)}`}
                name={reference(model)}
                onDeleted={refresh}
                onProblem={setDeleteProblem}
              />
            </li>
          ))}
        </ul>
      )}
      <SearchScope shown={shown.length} loaded={items?.length ?? 0} hasMore={hasMore} />
      {hasMore && <button onClick={loadMore}>Load more</button>}
    </>
  );
}

function formatScore(model: Model): string {
  const [name, value] = Object.entries(model.metrics.validation ?? {}).find(([name]) => name !== "loss") ?? [];
  return name ? `${toWords(name)} ${formatMetric(name, value)}` : "";
}
