// Page of a webhook: what was sent to it and what waits, a test, a new secret, and its end.
import { useState } from "preact/hooks";
import { encodeSegment, isAllowed, post, sendJson } from "../api/client";
import type { NewWebhook, Webhook } from "../api/shapes";
import { useAction } from "../api/useAction";
import { useFetch } from "../api/useFetch";
import { DeleteButton } from "../lists/deleteButton";
import { formatAge } from "../shell/format";
import { ErrorNotice, Loading, Notice, PageProblem } from "../shell/notices";
import { hrefFor, navigate } from "../shell/route";
import { SecretNotice } from "../shell/secretNotice";
import { useTitle } from "../shell/title";
import { DeliveryLog } from "./deliveryLog";
import { showSecret } from "./showSecret";
import { describeEvents, WebhookState } from "./webhookList";

export function WebhookPage({ id }: { id: string }) {
  const path = `/v1/webhooks/${encodeSegment(id)}`;
  const { value: webhook, problem, refetch } = useFetch<Webhook>(path);
  const [actions, setActions] = useState(0);
  const action = useAction(() => {
    refetch();
    setActions((count) => count + 1);
  });
  useTitle(webhook && "Webhook");
  if (!webhook) return problem ? <PageProblem problem={problem} retry={refetch} /> : <Loading />;

  const setEnabled = (enabled: boolean): Promise<unknown> => sendJson("PATCH", path, { enabled });
  const rotate = async (): Promise<void> => {
    showSecret(await post<NewWebhook>(`${path}/rotate`), true);
  };

  return (
    <>
      <header class="title">
        <p class="eyebrow">
          Webhook · {formatAge(webhook.created_at)} · <a href={hrefFor(["webhooks"])}>All webhooks</a>
        </p>
        <h1>
          <bdi>{webhook.url}</bdi> <WebhookState webhook={webhook} />
        </h1>
        <p class="muted">Gets {describeEvents(webhook)}.</p>
        {isAllowed("train") && (
          <div class="buttons">
            {webhook.enabled && <button onClick={() => action.run(() => post(`${path}/test`))}>Send a test</button>}
            <button onClick={() => action.run(rotate)}>New secret</button>
            <button onClick={() => action.run(() => setEnabled(!webhook.enabled))}>{webhook.enabled ? "Disable" : "Enable"}</button>
            <DeleteButton path={path} name="this webhook" onDeleted={() => navigate(hrefFor(["webhooks"]))} onProblem={action.setProblem} />
          </div>
        )}
      </header>
      <SecretNotice noun="secret" />
      {!webhook.enabled && <Notice kind="caution">Nothing is sent to it. {webhook.disabled_reason ?? "Somebody disabled it."}</Notice>}
      {action.problem && <ErrorNotice problem={action.problem} />}
      <DeliveryLog path={path} actions={actions} onReplay={(deliveryPath) => action.run(() => post(`${deliveryPath}/replay`))} />
    </>
  );
}
