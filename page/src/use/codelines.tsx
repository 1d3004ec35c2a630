// The same prediction from one's own program: lines to copy.
import { useState } from "preact/hooks";
import { key } from "../api/ask";
import type { Model, Row } from "../api/shapes";
import { Icon } from "../shell/icon";
import { ask, route } from "../shell/route";
import { type Language, LANGUAGES, snippet } from "./snippets";

const SHOWN_MS = 2_000;

export function CodeLines({ model, row }: { model: Model; row: Row }) {
  const [copied, setCopied] = useState("");
  const wanted = route.value.query.get("code") as Language | null;
  const language = wanted && LANGUAGES.includes(wanted) ? wanted : "curl";
  const reference = `${model.name}:${model.version}`;
  const text = snippet(language, { server: location.origin, model: reference, row, withKey: key.value !== "" });

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied("Copied");
    } catch {
      setCopied("Select it and copy it by hand: this browser does not let the page do it");
    }
    setTimeout(() => setCopied(""), SHOWN_MS);
  };

  return (
    <section class="card code" aria-labelledby="code">
      <header>
        <h2 id="code">From your application</h2>
        <div class="choices" role="group" aria-label="Language">
          {LANGUAGES.map((name) => (
            <button
              key={name}
              class="small"
              aria-pressed={name === language}
              onClick={() => ask({ code: name === "curl" ? null : name })}
            >
              {name}
            </button>
          ))}
          <button class="small" onClick={() => void copy()}>
            <Icon name="copy" /> Copy
          </button>
        </div>
      </header>
      <pre tabIndex={0} role="region" aria-label={`The request in ${language}`}>
        <code>{text}</code>
      </pre>
      <p class="soft" role="status">
        {copied}
      </p>
      <p class="soft">
        <code>{model.name}</code> alone is always its newest version; <code>{reference}</code> never changes.
        {key.value && " The key is read from GRADUS_API_KEY."}
      </p>
    </section>
  );
}
