"""Events for webhooks, recorded in the transaction of the change that they tell of: both are committed, or neither."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contract.events import DeliveryType, EventType
from contract.ids import new_id
from store.database import execute_and_count
from store.errors import WrongState
from store.tables import DeliveryRow, JsonObject, WebhookRow

TEST: Final[DeliveryType] = "webhook.test"
MAX_PENDING: Final = 10_000
"""The most deliveries that wait for a webhook. One that has more is disabled, so that a dead receiver fills no disk."""
TOO_MANY_PENDING: Final = f"More than {MAX_PENDING:,} events wait for it."
MAX_TEXT_CHARS: Final = 1000
"""The longest text in an event, so that its body stays below the 20 kB that receivers may expect."""


def add(s: Session, owner: str, event: EventType, data: Mapping[str, Any]) -> None:
    """Record an event for each enabled webhook of an owner that wants its type.

    `data` has the resource's `object` and `id`, and the few of its members that a receiver wants to know at once.
    """
    wanted = select(WebhookRow.id, WebhookRow.events).where(WebhookRow.owner == owner, WebhookRow.enabled)
    for webhook_id, events in s.execute(wanted).all():
        if events is not None and event not in events:
            continue
        if _count_pending(s, webhook_id) >= MAX_PENDING and _disable(s, webhook_id):
            continue
        short = {name: _shorten(value) for name, value in data.items()}
        s.add(DeliveryRow(id=new_id("msg"), webhook_id=webhook_id, owner=owner, type=event, data=short))
    s.flush()


def add_test(s: Session, webhook: WebhookRow) -> DeliveryRow:
    """Record a test for a webhook, whatever types of events it wants.

    Raises:
        WrongState: it is disabled, or too much waits for it, so that nothing would be sent.
    """
    is_full = _count_pending(s, webhook.id) >= MAX_PENDING
    if not webhook.enabled or is_full:
        reason = TOO_MANY_PENDING if is_full else "It is disabled."
        raise WrongState(f"{reason} Enable it first.", "full" if webhook.enabled else "disabled", ("enable",))
    data: JsonObject = {"object": "webhook", "id": webhook.id}
    row = DeliveryRow(id=new_id("msg"), webhook_id=webhook.id, owner=webhook.owner, type=TEST, data=data)
    s.add(row)
    s.flush()
    return row


def _count_pending(s: Session, webhook_id: str) -> int:
    is_pending = (DeliveryRow.webhook_id == webhook_id, DeliveryRow.status == "pending")
    return s.scalars(select(func.count()).select_from(DeliveryRow).where(*is_pending)).one()


def _disable(s: Session, webhook_id: str) -> bool:
    """Disable a webhook that too much waits for, unless another transaction has locked it: the next event does then."""
    free = select(WebhookRow.id).where(WebhookRow.id == webhook_id).with_for_update(skip_locked=True, key_share=True)
    if s.scalar(free) is None:
        return False
    disabled = {"enabled": False, "disabled_reason": TOO_MANY_PENDING}
    return execute_and_count(s, update(WebhookRow).where(WebhookRow.id == webhook_id).values(disabled)) > 0


def _shorten(value: Any) -> Any:
    """The value, with texts in it, and in a problem document, cut to what an event may have."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT_CHARS else f"{value[: MAX_TEXT_CHARS - 1]}…"
    if isinstance(value, dict):
        return {name: _shorten(member) for name, member in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value
