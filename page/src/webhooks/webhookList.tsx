// List of webhooks, and the form that makes one, for those who may.
import { isAllowed } from "../api/client";
import type { Webhook } from "../api/shapes";
import { Term } from "../help/term";
import { usePages } from "../lists/usePages";
import { formatAge } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { hrefFor } from "../shell/route";
import { SecretNotice } from "../shell/secretNotice";
import { WebhookForm } from "./webhookForm";

export function WebhookList() {
  const { items, hasMore, problem, loadMore, refresh } = usePages<Webhook>("/v1/webhooks", () => false);
  return (
    <>
      <header class="title">
        <h1>
          <Term>Webhooks</Term>
        </h1>
        <p class="muted">Addresses to which Gradus sends what happens: each event signed, and again until it arrives.</p>
      </header>
      <SecretNotice noun="secret" />
      {problem && <ErrorNotice problem={problem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title="No webhooks yet">
          {isAllowed("train") ? "Make one below, and another program is told when a run ends or data drifts." : "A key that may train can make one."}
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <ul class="rows card">
          {items.map((webhook) => (
            <li key={webhook.id}>
              <a href={hrefFor(["webhooks", webhook.id])} class="webhook">
                <span class="name">
                  <strong>
                    <bdi>{webhook.url}</bdi>
                  </strong>
                </span>
                <span class="muted">{describeEvents(webhook)}</span>
                <WebhookState webhook={webhook} />
                <span class="muted when">{formatAge(webhook.created_at)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {hasMore && <button onClick={loadMore}>Load more</button>}
      {isAllowed("train") && items && <WebhookForm onMade={refresh} />}
    </>
  );
}

export const describeEvents = ({ events }: Webhook): string => (events === null ? "all events" : events.join(", "));

export function WebhookState({ webhook }: { webhook: Webhook }) {
  return <span class={`status ${webhook.enabled ? "succeeded" : "failed"}`}>{webhook.enabled ? "enabled" : "disabled"}</span>;
}
