// Shown instead of the upload to a key that may not train: what it may do.
import { isAllowed } from "../api/client";
import { navigate, hrefFor } from "../shell/route";

export function KeyNotice() {
  return (
    <section class="card key-notice">
      {isAllowed("read") ? (
        <p>Your API key may look at datasets, jobs and models, but not upload or train. Ask for a key that may train.</p>
      ) : (
        <>
          <p>Your API key may use models, and nothing else. Which one?</p>
          <form
            class="choices"
            onSubmit={(event) => {
              event.preventDefault();
              const name = String(new FormData(event.currentTarget).get("model")).trim();
              if (name) navigate(hrefFor(["models", name]));
            }}
          >
            <label>
              <span>Model</span> <input name="model" required placeholder="houses" autocomplete="off" spellcheck={false} />
            </label>
            <button class="main">Open its form</button>
          </form>
        </>
      )}
    </section>
  );
}
