// Sign-in form: shown when the API asks for a key.
import { useEffect, useRef } from "preact/hooks";
import { signIn } from "../api/client";
import { Icon } from "./icon";
import { useTitle } from "./title";

const REASONS = {
  none: "Whoever runs this Gradus gives a key to everybody who may use it. Paste yours here.",
  refused: "There is no such key, or it was revoked. Check that you copied all of it.",
};

export function SignIn({ reason }: { reason: keyof typeof REASONS }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  useTitle("Sign in");
  return (
    <section class="sign-in card">
      <h1>
        <Icon name="key" /> Sign in with your API key
      </h1>
      <p role="alert">{REASONS[reason]}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          signIn(String(form.get("key")).trim(), form.has("remember"));
        }}
      >
        <label for="key">API key</label>
        <input
          id="key"
          name="key"
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          placeholder="gr_…"
          aria-invalid={reason === "refused"}
          required
        />
        <label class="switch">
          <input type="checkbox" name="remember" /> Remember it in this browser
        </label>
        <p class="muted">
          Otherwise it is forgotten when you close this tab. An administrator makes new keys here under Keys, or on the server:{" "}
          <code>gradus keys create NAME</code>.
        </p>
        <button class="main">Sign in</button>
      </form>
    </section>
  );
}
