// List of all models, newest first.
import type { Model } from "../api/shapes";
import { formatCompact, formatAge, formatNumber, toWords } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { usePages } from "./usePages";

export function ModelList() {
  const { items, hasMore, problem, loadMore } = usePages<Model>("/v1/models");
  return (
    <>
      <header class="title">
        <h1>Models</h1>
        <p class="muted">Trained models, ready to predict. Models are versioned; the plain name always means the latest version.</p>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title="No models yet">
          <a href="#/">Train one</a>; the example tables take seconds.
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <ul class="rows card">
          {items.map((model) => (
            <li key={model.id}>
              <a href={hrefFor(["models", `${model.name}:${model.version}`])}>
                <span class="name">
                  <strong>{model.name}</strong>:{model.version} <span class="muted">predicts {model.target}</span>
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
            </li>
          ))}
        </ul>
      )}
      {hasMore && <button onClick={loadMore}>Load more</button>}
    </>
  );
}

function formatScore(model: Model): string {
  const [name, value] = Object.entries(model.metrics.validation ?? {}).find(([name]) => name !== "loss") ?? [];
  return name ? `${toWords(name)} ${formatNumber(value, 3)}` : "";
}
