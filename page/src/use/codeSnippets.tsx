// Code for the same request, to copy: curl, Python, JavaScript.
import { apiKey } from "../api/client";
import type { Model } from "../api/shapes";
import { CopyButton } from "../shell/copyButton";
import { setQuery, route } from "../shell/route";
import { type Action, type Language, listLanguages, type ModelCall, renderSnippet } from "./snippets";

interface Props {
  model: Model;
  action: Action;
  body: ModelCall["body"];
}

export function CodeSnippets({ model, action, body }: Props) {
  const languageParam = route.value.query.get("code") as Language | null;
  const languages = listLanguages(action);
  const language = languageParam && languages.includes(languageParam) ? languageParam : "curl";
  const reference = `${model.name}:${model.version}`;
  const sendsPicture = action === "predict" && model.inputs.every(({ type }) => type === "image");
  const text = renderSnippet(language, { server: location.origin, model: reference, action, body, sendsPicture, needsKey: apiKey.value !== "" });

  return (
    <section class="card code" aria-labelledby="code">
      <header>
        <h2 id="code">Use it from your code</h2>
        <div class="choices" role="group" aria-label="Language">
          {languages.map((name) => (
            <button
              key={name}
              class="small"
              aria-pressed={name === language}
              onClick={() => setQuery({ code: name === "curl" ? null : name })}
            >
              {name}
            </button>
          ))}
          <CopyButton text={text} />
        </div>
      </header>
      <pre tabIndex={0} role="region" aria-label={`The request in ${language}`}>
        <code>{text}</code>
      </pre>
      <p class="muted">
        <code>{model.name}</code> always means the latest version; <code>{reference}</code> never changes.
        {apiKey.value && " The key is read from GRADUS_API_KEY."}
      </p>
    </section>
  );
}
