"""Deliveries: a worker claims one that is due by a lease, sends it, and records the attempt; the rest stays due.

So each event arrives at least once, whatever becomes of workers. The schedule of retries is that of Standard Webhooks
1.0.0, and like leases it goes by the database's clock.

Whoever locks a webhook and deliveries of it, or several of its deliveries, locks the webhook first, so that none waits
for another in a circle. Who cannot keep to this order waits for no lock: `delete_old`, and `events.add` as it disables.
"""

import random
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, or_, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from contract.events import DeliveryStatus, DeliveryType
from store.database import execute_and_count, now
from store.errors import NotFound
from store.leases import is_expired, is_valid
from store.pages import list_newest_first
from store.tables import DeliveryRow, JsonObject, WebhookRow

RETRY_SECONDS: Final = (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""How long after each failed attempt the next one is due; after the last of them the delivery has failed."""
JITTER: Final = 0.2
"""By how much a wait is longer at most, at random, so that what failed at once is not sent again at once."""
MAX_RETRY_AFTER_SECONDS: Final = 24 * 3600.0
THROTTLING: Final = frozenset({429, 502, 503, 504})
"""Statuses by which a receiver says that it gets too much: all of its deliveries wait."""
REST_SECONDS: Final = 5.0
MAX_IN_FLIGHT_PER_WEBHOOK: Final = 2
MAX_IN_FLIGHT_PER_OWNER: Final = 4
MAX_ATTEMPTS_KEPT: Final = 20
BATCH_ROWS: Final = 1000
GONE: Final = "Its receiver answered 410 Gone."


@dataclass(frozen=True, kw_only=True)
class DeliveryClaim:
    """The right of one worker to send one delivery; `token` goes with what it records."""

    id: str
    token: int
    url: str
    secrets: tuple[str, ...]
    """All with which it is signed, the newest first."""
    type: DeliveryType
    data: JsonObject
    created_at: float


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What became of sending a delivery: the status of the response, or the error without one."""

    at: float
    seconds: float
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    """The seconds that the receiver asked for."""

    @property
    def has_succeeded(self) -> bool:
        """Whether the receiver took it: any status from 200 to 299."""
        return self.status is not None and HTTPStatus(200) <= self.status < HTTPStatus(300)


def has_due(s: Session) -> bool:
    """Whether a delivery can be claimed now."""
    return s.scalar(_select_webhook(s)) is not None


def claim(s: Session, lease_seconds: float) -> DeliveryClaim | None:
    """Claim the oldest due delivery of the webhook whose turn is longest ago.

    Of a webhook, and of an owner, few are in flight at once, so that slow receivers delay those of others by little.
    Needs a writing transaction; the claim counts once it is committed.
    """
    webhook = s.scalar(_select_webhook(s).with_for_update(skip_locked=True, key_share=True))
    if webhook is None:
        return None
    of_it = select(DeliveryRow).where(DeliveryRow.webhook_id == webhook.id, _is_due())
    row = s.scalar(of_it.order_by(DeliveryRow.due_at).limit(1))
    if row is None:
        return None  # another worker has just claimed it
    lease = {"token": row.token + 1, "leased_until": now() + lease_seconds}
    unchanged = (DeliveryRow.id == row.id, DeliveryRow.token == row.token, _is_due())
    if execute_and_count(s, update(DeliveryRow).where(*unchanged).values(lease)) == 0:
        return None
    execute_and_count(s, update(WebhookRow).where(WebhookRow.id == webhook.id).values(turn_at=now()))
    secrets = [webhook.secret]
    if webhook.former_secret and (webhook.former_secret_until or 0.0) > s.scalars(select(now())).one():
        secrets.append(webhook.former_secret)
    return DeliveryClaim(
        id=row.id,
        token=row.token + 1,
        url=webhook.url,
        secrets=tuple(secrets),
        type=row.type,
        data=row.data,
        created_at=row.created_at,
    )


def record_attempt(s: Session, delivery_id: str, token: int, attempt: Attempt) -> DeliveryStatus | None:
    """Record an attempt, and when the next one is due; None, and nothing is written, if this token does not hold it."""
    held = (DeliveryRow.id == delivery_id, DeliveryRow.token == token, DeliveryRow.status == "pending")
    wait = min(attempt.retry_after or 0.0, MAX_RETRY_AFTER_SECONDS)
    rest = _describe_rest(attempt, wait)
    if rest:
        _lock_webhook(s, select(DeliveryRow.webhook_id).where(*held).scalar_subquery())
    row = s.scalar(select(DeliveryRow).where(*held).with_for_update(), execution_options={"populate_existing": True})
    if row is None:
        return None
    described = {"at": attempt.at, "seconds": attempt.seconds, "status": attempt.status, "error": attempt.error}
    changes: dict[str, Any] = {"attempts": [*row.attempts, described][-MAX_ATTEMPTS_KEPT:], "leased_until": None}
    status: DeliveryStatus = "pending"
    if attempt.has_succeeded:
        status = "succeeded"
    else:
        changes["failures"] = row.failures + 1
        if row.failures < len(RETRY_SECONDS):
            delay = RETRY_SECONDS[row.failures] * (1.0 + JITTER * random.random())  # noqa: S311 - no secret
            changes["due_at"] = now() + max(delay, wait)
        else:
            status = "failed"
    if status != "pending":
        changes |= {"status": status, "due_at": None, "finished_at": now()}
    execute_and_count(s, update(DeliveryRow).where(*held).values(changes))
    if rest:
        execute_and_count(s, update(WebhookRow).where(WebhookRow.id == row.webhook_id).values(rest))
    return status


def get(s: Session, owner: str, webhook_id: str, delivery_id: str) -> DeliveryRow:
    """The delivery as it stands now."""
    mine = (DeliveryRow.id == delivery_id, DeliveryRow.webhook_id == webhook_id, DeliveryRow.owner == owner)
    row = s.scalar(select(DeliveryRow).where(*mine), execution_options={"populate_existing": True})
    if row is None:
        raise NotFound("delivery", delivery_id)
    return row


def list_page(
    s: Session, webhook_id: str, limit: int, after: str | None = None, *, statuses: Collection[DeliveryStatus] = ()
) -> tuple[list[DeliveryRow], bool]:
    """Up to `limit` deliveries older than the one whose id is `after`, newest first, and whether there are more."""
    query = select(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id)
    if statuses:
        query = query.where(DeliveryRow.status.in_(statuses))
    return list_newest_first(s, query, DeliveryRow.id, limit=limit, after=after)


def replay(s: Session, owner: str, webhook_id: str, delivery_id: str) -> DeliveryRow:
    """Make a delivery due now, whatever became of it, with the whole schedule of retries before it."""
    get(s, owner, webhook_id, delivery_id)
    _replay(s, DeliveryRow.id == delivery_id)
    return get(s, owner, webhook_id, delivery_id)


def replay_failed(s: Session, webhook_id: str) -> int:
    """Make all deliveries of a webhook that have failed due now, and count them."""
    _lock_webhook(s, webhook_id)
    return _replay(s, and_(DeliveryRow.webhook_id == webhook_id, DeliveryRow.status == "failed"))


def delete_old(s: Session, older_than_seconds: float) -> int:
    """Delete up to BATCH_ROWS deliveries that ended longer ago, except those just being replayed, and count them."""
    old = select(DeliveryRow.id).where(DeliveryRow.finished_at < now() - older_than_seconds).limit(BATCH_ROWS)
    ids = s.scalars(old.with_for_update(skip_locked=True)).all()
    return execute_and_count(s, sql_delete(DeliveryRow).where(DeliveryRow.id.in_(ids))) if ids else 0


def _is_due() -> ColumnElement[bool]:
    is_free = or_(DeliveryRow.leased_until.is_(None), is_expired(DeliveryRow.leased_until))
    return and_(DeliveryRow.status == "pending", DeliveryRow.due_at <= now(), is_free)


def _select_webhook(s: Session) -> Select[WebhookRow]:
    """The webhook whose turn it is, of those that have a due delivery and are not busy."""
    in_flight = select(DeliveryRow.webhook_id, DeliveryRow.owner).where(is_valid(DeliveryRow.leased_until))
    busy = s.execute(in_flight).all()
    limits = (
        (WebhookRow.id, Counter(row.webhook_id for row in busy), MAX_IN_FLIGHT_PER_WEBHOOK),
        (WebhookRow.owner, Counter(row.owner for row in busy), MAX_IN_FLIGHT_PER_OWNER),
    )
    query = select(WebhookRow).where(
        WebhookRow.enabled,
        or_(WebhookRow.resting_until.is_(None), WebhookRow.resting_until <= now()),
        *(column != name for column, counts, limit in limits for name, count in counts.items() if count >= limit),
        exists().where(DeliveryRow.webhook_id == WebhookRow.id, _is_due()),
    )
    return query.order_by(WebhookRow.turn_at).limit(1).execution_options(populate_existing=True)


def _lock_webhook(s: Session, webhook_id: str | ScalarSelect[str]) -> None:
    s.execute(select(WebhookRow.id).where(WebhookRow.id == webhook_id).with_for_update(key_share=True))


def _describe_rest(attempt: Attempt, wait: float) -> dict[str, Any]:
    """The changes of a webhook that let it wait if its receiver asks for it, and disable it if that is gone."""
    changes: dict[str, Any] = {}
    if attempt.has_succeeded:
        return changes
    if wait or attempt.status in THROTTLING:
        changes["resting_until"] = now() + (wait or REST_SECONDS)
    if attempt.status == HTTPStatus.GONE:
        changes |= {"enabled": False, "disabled_reason": GONE}
    return changes


def _replay(s: Session, is_wanted: ColumnElement[bool]) -> int:
    again = {"status": "pending", "due_at": now(), "finished_at": None, "failures": 0}
    return execute_and_count(s, update(DeliveryRow).where(is_wanted).values(again))
