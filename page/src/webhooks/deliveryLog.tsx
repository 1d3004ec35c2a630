// Log of what was sent to a webhook and what waits: each event with its attempts and the next one.
import { useEffect } from "preact/hooks";
import { encodeSegment, isAllowed } from "../api/client";
import type { Delivery } from "../api/shapes";
import { Term } from "../help/term";
import { StatusBadge } from "../lists/jobRows";
import { usePages } from "../lists/usePages";
import { formatAge, formatCount } from "../shell/format";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { setQuery, route } from "../shell/route";

const STATUSES = ["pending", "succeeded", "failed"];
const isPending = ({ status }: Delivery): boolean => status === "pending";

interface Props {
  /** Of the webhook. */
  path: string;
  /** Increases with every action on the webhook, after which the log is read again. */
  actions: number;
  onReplay: (deliveryPath: string) => void;
}

export function DeliveryLog({ path, actions, onReplay }: Props) {
  const status = route.value.query.get("status") ?? "";
  const filter = STATUSES.includes(status) ? `?status=${status}` : "";
  const { items, hasMore, problem, loadMore, refresh } = usePages<Delivery>(`${path}/deliveries${filter}`, isPending);
  useEffect(refresh, [actions]);
  return (
    <section class="card" aria-labelledby="deliveries">
      <header>
        <h2 id="deliveries">
          <Term name="delivery">What was sent</Term>
        </h2>
        <label class="choices">
          <span class="muted">Status:</span>
          <select value={filter && status} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
            <option value="">any</option>
            {STATUSES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </header>
      {problem && <ErrorNotice problem={problem} />}
      {!items && !problem && <Loading />}
      {items?.length === 0 && (
        <EmptyState title={filter ? `Nothing is ${status}` : "Nothing yet"}>Events of the last 30 days are listed here.</EmptyState>
      )}
      {items && items.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Deliveries, newest first">
          <table class="delivery-log">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">About</th>
                <th scope="col">Status</th>
                <th scope="col">Attempts</th>
                <th scope="col">Last response</th>
                <th scope="col">Next try</th>
                <th scope="col">
                  <span class="visually-hidden">Replay</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((delivery) => (
                <tr key={delivery.id}>
                  <th scope="row">
                    {delivery.type} <span class="muted">{formatAge(delivery.created_at)}</span>
                  </th>
                  <td>
                    <About delivery={delivery} />
                  </td>
                  <td>
                    <StatusBadge status={delivery.status} />
                  </td>
                  <td class="number">{formatCount(delivery.attempts.length)}</td>
                  <td>
                    <span class="clip" title={describeLast(delivery)}>
                      {describeLast(delivery)}
                    </span>
                  </td>
                  <td>{describeNext(delivery)}</td>
                  <td>
                    {isAllowed("train") && (
                      <button class="small" onClick={() => onReplay(`${path}/deliveries/${encodeSegment(delivery.id)}`)}>
                        {delivery.status === "pending" ? "Try now" : "Send again"}
                        <span class="visually-hidden">: {delivery.type}</span>
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasMore && <button onClick={loadMore}>Load more</button>}
    </section>
  );
}

const ABOUT: Record<string, string> = { job: "jobs", dataset: "datasets", model: "models" };

/** What the event tells of, with a link where it has a page. */
function About({ delivery: { data } }: { delivery: Delivery }) {
  const id = String(data.id ?? "");
  const section = ABOUT[String(data.object)];
  return section ? <a href={`#/${section}/${encodeSegment(id)}`}>{id}</a> : <span>{id}</span>;
}

function describeLast({ attempts }: Delivery): string {
  const last = attempts.at(-1);
  if (!last) return "not sent yet";
  return last.status === null ? (last.error ?? "") : `${last.status} in ${last.seconds.toFixed(1)} s`;
}

const UNITS: [number, string][] = [
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

function describeNext({ due_at: due }: Delivery): string {
  if (due === null) return "–";
  const seconds = (Date.parse(due) - Date.now()) / 1_000;
  const unit = UNITS.find(([size]) => seconds >= size);
  return unit ? `in ${Math.round(seconds / unit[0])} ${unit[1]}` : "now";
}
