// The door: shown when the API asks for a key.
import { signInReason, signIn } from "../api/client";
import { Icon } from "./icon";

export function SignIn() {
  return (
    <section class="sign-in card">
      <h1 tabIndex={-1}>
        <Icon name="key" /> This Gradus wants a key
      </h1>
      <p role="alert">{signInReason.value}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(String(new FormData(event.currentTarget).get("key")).trim());
        }}
      >
        <label for="key">Your key</label>
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
          It stays in this tab and is forgotten when you close it. Whoever runs this Gradus makes keys with{" "}
          <code>gradus keys create</code>.
        </p>
        <button class="main">Sign in</button>
      </form>
    </section>
  );
}
