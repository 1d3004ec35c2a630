// The key that was just made: shown once, since the server keeps only its hash.
import { signal } from "@preact/signals";
import type { NewKey } from "../api/shapes";
import { CopyButton } from "../shell/copyButton";
import { hrefFor } from "../shell/route";

/** Kept outside the page, which is built anew when its first key signs in. */
export const newKey = signal<NewKey | null>(null);
addEventListener("hashchange", () => (newKey.value = null));

export function NewKeyNotice() {
  const made = newKey.value;
  if (!made) return null;
  const isForForms = made.scopes.join() === "predict";
  return (
    <section class="card new-key" aria-labelledby="new-key">
      <h2 id="new-key">The key “{made.name}”</h2>
      <p role="status">Copy it now. It is shown this once; if it is lost, revoke it and make another.</p>
      <div class="key-text">
        <code tabIndex={0}>{made.key}</code>
        <CopyButton text={made.key} label="Copy the key" />
      </div>
      {isForForms && (
        <p class="muted">
          It opens the forms of models and nothing else. Whoever gets it signs in at <code>{`${location.origin}/${hrefFor(["models", "NAME"])}`}</code>, with the name of
          a model; each model's page copies its own address.
        </p>
      )}
      <div class="buttons">
        <button onClick={() => (newKey.value = null)}>I have copied it</button>
      </div>
    </section>
  );
}
