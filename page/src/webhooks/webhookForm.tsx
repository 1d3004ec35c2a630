// Form that makes a webhook: where events are sent, and which.
import { useState } from "preact/hooks";
import { post } from "../api/client";
import type { NewWebhook } from "../api/shapes";
import { useAction } from "../api/useAction";
import { ErrorNotice } from "../shell/notices";
import { EVENTS } from "./events";
import { showSecret } from "./showSecret";

export function WebhookForm({ onMade }: { onMade: () => void }) {
  const [wantsAll, setWantsAll] = useState(true);
  const { isBusy, problem, run } = useAction();

  const make = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const made = await post<NewWebhook>("/v1/webhooks", {
      url: String(data.get("url")).trim(),
      events: wantsAll ? null : data.getAll("event"),
    });
    showSecret(made);
    form.reset();
    setWantsAll(true);
    onMade();
  };

  return (
    <section class="card" aria-labelledby="make-webhook">
      <h2 id="make-webhook">Make a webhook</h2>
      <form
        class="webhook-form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          run(() => make(form));
        }}
      >
        <label for="webhook-url">Address</label>
        <input
          id="webhook-url"
          name="url"
          type="url"
          required
          maxLength={2048}
          placeholder="https://hooks.example.com/gradus"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={problem?.errors.some(({ pointer }) => pointer === "#/url") ?? false}
        />
        <label class="switch">
          <input type="checkbox" checked={wantsAll} onChange={(event) => setWantsAll(event.currentTarget.checked)} /> All events, also those of later versions
        </label>
        {!wantsAll && (
          <fieldset>
            <legend>Send when</legend>
            {Object.entries(EVENTS).map(([type, meaning]) => (
              <label key={type} class="switch">
                <input type="checkbox" name="event" value={type} /> <b>{type}</b> <span class="muted">{meaning}</span>
              </label>
            ))}
          </fieldset>
        )}
        {problem && <ErrorNotice problem={problem} />}
        <div class="buttons">
          <button class="main" disabled={isBusy}>
            Make the webhook
          </button>
        </div>
      </form>
    </section>
  );
}
