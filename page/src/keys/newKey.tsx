// The key that was just made, with where a key for forms signs in.
import type { NewKey } from "../api/shapes";
import { hrefFor } from "../shell/route";
import { newSecret, SecretNotice } from "../shell/secretNotice";

export function showKey({ name, key, scopes }: NewKey): void {
  newSecret.value = {
    title: `The key “${name}”`,
    secret: key,
    advice: "Copy it now. It is shown this once; if it is lost, revoke it and make another.",
    isForForms: scopes.join() === "predict",
  };
}

export function NewKeyNotice() {
  return (
    <SecretNotice noun="key">
      {newSecret.value?.isForForms && (
        <p class="muted">
          It opens the forms of models and nothing else. Whoever gets it signs in at <code>{`${location.origin}/${hrefFor(["models", "NAME"])}`}</code>, with the name of
          a model; each model's page copies its own address.
        </p>
      )}
    </SecretNotice>
  );
}
