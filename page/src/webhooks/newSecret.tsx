// The secret that a webhook was just given: shown once, for the receiver that verifies events by it.
import { signal } from "@preact/signals";
import type { NewWebhook } from "../api/shapes";
import { CopyButton } from "../shell/copyButton";

export const newSecret = signal<NewWebhook | null>(null);

export function NewSecretNotice() {
  const made = newSecret.value;
  if (!made) return null;
  return (
    <section class="card new-secret" aria-labelledby="new-secret">
      <h2 id="new-secret">The secret of {made.url}</h2>
      <p role="status">Give it to the receiver, which verifies by it that events come from here. It is shown this once; a lost one is replaced by a new secret.</p>
      <code tabIndex={0}>{made.secret}</code>
      <div class="buttons">
        <CopyButton text={made.secret} label="Copy the secret" />
        <button onClick={() => (newSecret.value = null)}>I have copied it</button>
      </div>
    </section>
  );
}
