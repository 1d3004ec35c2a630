// The secret that was just made: shown once, since the server does not show it again.
// It is forgotten when its page is left, and when its user signs out or is asked for another key.
import { effect, signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { signInReason } from "../api/client";
import { CopyButton } from "./copyButton";

interface NewSecret {
  /** What it is the secret of. */
  title: string;
  secret: string;
  /** What to do with it. */
  advice: string;
  /** Whether it is a key that opens forms and nothing else. */
  isForForms?: boolean;
}

/** Kept outside the pages, which are built anew when the first key signs in. */
export const newSecret = signal<NewSecret | null>(null);
const forget = (): void => void (newSecret.value = null);
addEventListener("hashchange", forget);
effect(() => {
  if (signInReason.value) forget();
});

export function SecretNotice({ noun, children }: { noun: string; children?: ComponentChildren }) {
  const made = newSecret.value;
  if (!made) return null;
  return (
    <section class="card new-secret" aria-labelledby="new-secret">
      <h2 id="new-secret">{made.title}</h2>
      <p role="status">{made.advice}</p>
      <div class="secret-text">
        <code tabIndex={0}>{made.secret}</code>
        <CopyButton text={made.secret} label={`Copy the ${noun}`} />
      </div>
      {children}
      <div class="buttons">
        <button onClick={forget}>I have copied it</button>
      </div>
    </section>
  );
}
