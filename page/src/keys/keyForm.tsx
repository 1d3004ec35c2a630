// Form that makes an API key: its name, and what it may do. The first one is an administrator's, and signs in at once.
import { post, signIn } from "../api/client";
import type { NewKey, Scope } from "../api/shapes";
import { useAction } from "../api/useAction";
import { ErrorNotice } from "../shell/notices";
import { showKey } from "./newKey";

const SCOPES: [Scope, string][] = [
  ["read", "see datasets, jobs and models"],
  ["train", "upload, train, delete"],
  ["predict", "use models: forms, predictions, their explanations"],
  ["admin", "everything, and keys"],
];

/** What the API takes for a name, so that the browser says at once what is wrong. */
const NAME_FIELD = {
  maxLength: 63,
  pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*",
  title: "letters, digits, dots, dashes and underscores, without spaces; it begins with a letter or digit",
  autocomplete: "off",
  spellcheck: false,
} as const;

export function KeyForm({ isFirst, onMade }: { isFirst: boolean; onMade: () => void }) {
  const { isBusy, problem, run } = useAction();

  const makeKey = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const owner = String(data.get("owner") ?? "").trim();
    const scopes = isFirst ? ["admin"] : data.getAll("scope");
    const made = await post<NewKey>("/v1/keys", { name: String(data.get("name")).trim(), scopes, ...(owner ? { owner } : {}) });
    showKey(made);
    form.reset();
    if (isFirst) signIn(made.key);
    else onMade();
  };

  return (
    <section class="card" aria-labelledby="make-key">
      <h2 id="make-key">{isFirst ? "Make the first key" : "Make a key"}</h2>
      {isFirst && <p class="muted">It is yours, and may do everything. You are signed in with it in this tab; everybody else then needs a key too.</p>}
      <form
        class="key-form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          run(() => makeKey(form));
        }}
      >
        <label for="key-name">Name</label>
        <input {...NAME_FIELD} id="key-name" name="name" required placeholder="shop" />
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
            <input {...NAME_FIELD} id="key-owner" name="owner" />
          </>
        )}
        {problem && <ErrorNotice problem={problem} />}
        <div class="buttons">
          <button class="main" disabled={isBusy}>
            Make the key
          </button>
        </div>
      </form>
    </section>
  );
}
