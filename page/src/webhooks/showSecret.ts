// Shows the secret that a webhook was just given, for the receiver that verifies events by it.
import type { NewWebhook } from "../api/shapes";
import { newSecret } from "../shell/secretNotice";

/** Show it; `isRotated`: it replaces another, by which events are signed for a while too. */
export function showSecret({ url, secret }: NewWebhook, isRotated = false): void {
  const both = isRotated ? " For 24 hours events are signed with the former one too." : "";
  newSecret.value = {
    title: `The secret of ${url}`,
    secret,
    advice: `Give it to the receiver, which verifies by it that events come from here. It is shown this once; a lost one is replaced by a new secret.${both}`,
  };
}
