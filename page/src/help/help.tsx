// Help page: the guided first run, and the glossary with a search.
import { isAllowed } from "../api/client";
import { navigate, route, setQuery } from "../shell/route";
import { searchEntries } from "./entries";
import { startGuide } from "./guide";

export function HelpPage() {
  const search = route.value.query.get("q") ?? "";
  const chapters = searchEntries(search);
  return (
    <>
      <header class="title">
        <h1>Help</h1>
        <p class="muted">Every term that is underlined on a page is explained where it stands. Here they are all.</p>
      </header>
      {isAllowed("train") && (
        <section class="card" aria-labelledby="first-run">
          <h2 id="first-run">A first run in a minute</h2>
          <p class="muted">Train a net on penguins, watch it learn, see its mistakes, and let it predict: six steps on the real page.</p>
          <div class="buttons">
            <button
              class="main"
              onClick={() => {
                startGuide();
                navigate("#/");
              }}
            >
              Show me
            </button>
          </div>
        </section>
      )}
      <section aria-labelledby="glossary">
        <h2 id="glossary">Glossary</h2>
        <input
          type="search"
          class="glossary-search"
          aria-label="Search the glossary"
          placeholder="Search the glossary"
          value={search}
          onInput={(event) => setQuery({ q: event.currentTarget.value })}
        />
        <p class="muted" role="status">
          {search && chapters.length === 0 && "No term has this."}
        </p>
        {chapters.map(({ title, entries }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <dl class="glossary">
              {entries.map(({ names, text }) => (
                <div key={names[0]}>
                  <dt>{names.join(", ")}</dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </section>
    </>
  );
}
