// The address of a model's form, to share: whoever has a key that may predict can open it, and nothing else.
import { apiKey } from "../api/client";
import type { Model } from "../api/shapes";
import { CopyButton } from "../shell/copyButton";
import { hrefFor } from "../shell/route";

export function ShareForm({ model }: { model: Model }) {
  const address = `${location.origin}/${hrefFor(["models", model.name])}`;
  return (
    <p class="muted share">
      <CopyButton text={address} label="Copy the address of this form" />
      {apiKey.value && <span>A key that may predict, and nothing else, is enough to use it.</span>}
    </p>
  );
}
