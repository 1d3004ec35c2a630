// Sign-in form: shown when the API asks for a key.
import { signInReason, signIn } from "../api/client";
import { Icon } from "./icon";

export function SignIn() {
  return (
    <section class="sign-in card">
      <h1 tabIndex={-1}>
        <Icon name="key" /> Sign in with your API key
      </h1>
      <p role="alert">{signInReason.value}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(String(new FormData(event.currentTarget).get("key")).trim());
        }}
      >
        <label for="key">API key</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          placeholder="gr_…"
          required
        />
        <p class="muted">
          Kept in this tab only, and forgotten when you close it. Keys are created on the server with{" "}
          <code>gradus keys create</code>.
        </p>
        <button class="main">Sign in</button>
      </form>
    </section>
  );
}
