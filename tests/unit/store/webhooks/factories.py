"""Webhooks for tests of the store."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from contract.events import EventType
from contract.ids import new_id
from store.tables import DeliveryRow
from store.webhooks import webhooks
from tests.unit.store.factories import OWNER

URL = "https://hooks.example.com/gradus"


def add_webhook(s: Session, *, owner: str = OWNER, events: Sequence[EventType] | None = None) -> str:
    return webhooks.add(s, id=new_id("wh"), owner=owner, url=URL, events=events).id


def list_events(s: Session, webhook_id: str) -> list[tuple[str, str]]:
    """The type of each event for a webhook, with the id that it is about, oldest first."""
    query = select(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id).order_by(DeliveryRow.id)
    return [(row.type, row.data["id"]) for row in s.scalars(query)]
