// All that was learned, newest first.
import type { Model } from "../api/shapes";
import { about, ago, figure, words } from "../shell/figures";
import { Empty, Trouble, Waiting } from "../shell/notice";
import { to } from "../shell/route";
import { usePages } from "./pages";

export function Models() {
  const { items, more, problem, next } = usePages<Model>("/v1/models");
  return (
    <>
      <header class="title">
        <h1>Models</h1>
        <p class="soft">What was learned, ready to predict. A model never changes; a name leads to its newest version.</p>
      </header>
      {problem && <Trouble problem={problem} />}
      {!items && !problem && <Waiting what="Fetching the models" />}
      {items?.length === 0 && (
        <Empty title="No model yet">
          <a href="#/">Train one</a>; the example tables take seconds.
        </Empty>
      )}
      {items && items.length > 0 && (
        <ul class="rows card">
          {items.map((model) => (
            <li key={model.id}>
              <a href={to(["models", `${model.name}:${model.version}`])}>
                <span class="name">
                  <strong>{model.name}</strong>:{model.version} <span class="soft">predicts {model.target}</span>
                </span>
                <span class="soft number">{score(model)}</span>
                <span class="soft number">{about(model.parameters)} weights</span>
                <span class="aliases">
                  {model.aliases.map((alias) => (
                    <span key={alias} class="tag">
                      @{alias}
                    </span>
                  ))}
                </span>
                <span class="soft when">{ago(model.created_at)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {more && <button onClick={next}>Older ones</button>}
    </>
  );
}

function score(model: Model): string {
  const [name, value] = Object.entries(model.metrics.validation ?? {}).find(([name]) => name !== "loss") ?? [];
  return name ? `${words(name)} ${figure(value, 3)}` : "";
}
