// Form that makes an API key: its name, and what it may do. The first one is an administrator's, and signs in at once.
import { useState } from "preact/hooks";
import { post, Problem, signIn } from "../api/client";
import type { NewKey, Scope } from "../api/shapes";
import { ErrorNotice } from "../shell/notices";
import { newKey } from "./newKey";

const SCOPES: [Scope, string][] = [
  ["read", "see datasets, jobs and models"],
  ["train", "upload, train, delete"],
  ["predict", "use models: forms, predictions, their explanations"],
  ["admin", "everything, and keys"],
];

export function KeyForm({ isFirst, onMade }: { isFirst: boolean; onMade: () => void }) {
  const [problem, setProblem] = useState<Problem>();
  const [isSending, setIsSending] = useState(false);

  const makeKey = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const owner = String(data.get("owner") ?? "").trim();
    const scopes = isFirst ? ["admin"] : data.getAll("scope");
    setIsSending(true);
    setProblem(undefined);
    try {
      const made = await post<NewKey>("/v1/keys", { name: String(data.get("name")).trim(), scopes, ...(owner ? { owner } : {}) });
      newKey.value = made;
      form.reset();
      if (isFirst) signIn(made.key);
      else onMade();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    }
    setIsSending(false);
  };

  return (
    <section class="card" aria-labelledby="make-key">
      <h2 id="make-key">{isFirst ? "Make the first key" : "Make a key"}</h2>
      {isFirst && <p class="muted">It is yours, and may do everything. You are signed in with it in this tab; everybody else then needs a key too.</p>}
      <form
        class="key-form"
        onSubmit={(event) => {
          event.preventDefault();
          void makeKey(event.currentTarget);
        }}
      >
        <label for="key-name">Name</label>
        <input id="key-name" name="name" required maxLength={63} placeholder="shop" autocomplete="off" spellcheck={false} />
        {!isFirst && (
          <>
            <fieldset>
              <legend>May</legend>
              {SCOPES.map(([scope, meaning]) => (
                <label key={scope} class="switch">
                  <input type="checkbox" name="scope" value={scope} defaultChecked={scope === "predict"} /> <b>{scope}</b> {meaning}
                </label>
              ))}
            </fieldset>
            <label for="key-owner">
              Works with the datasets, jobs and models of <span class="muted">(yours, if left empty)</span>
            </label>
            <input id="key-owner" name="owner" maxLength={63} autocomplete="off" spellcheck={false} />
          </>
        )}
        {problem && <ErrorNotice problem={problem} />}
        <div class="buttons">
          <button class="main" disabled={isSending}>
            Make the key
          </button>
        </div>
      </form>
    </section>
  );
}
