"""Webhooks of their owners: add, get, list, change, rotate the secret, delete."""

import base64
import secrets
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contract.events import EventType
from store.database import execute_and_count, now
from store.errors import NotFound
from store.pages import list_newest_first
from store.tables import WebhookRow

SECRET_BYTES: Final = 32
ROTATION_SECONDS: Final = 24 * 3600.0
"""How long deliveries are signed with the former secret too."""


def add(
    s: Session,
    *,
    id: str,  # noqa: A002 - the column's name
    owner: str,
    url: str,
    events: Sequence[EventType] | None,
) -> WebhookRow:
    """Add a webhook with a new secret; `events` None: all types."""
    row = WebhookRow(id=id, owner=owner, url=url, events=None if events is None else list(events), secret=_new_secret())
    s.add(row)
    s.flush()
    return row


def get(s: Session, owner: str, webhook_id: str) -> WebhookRow:
    """The webhook as it stands now."""
    query = select(WebhookRow).where(WebhookRow.id == webhook_id, WebhookRow.owner == owner)
    row = s.scalar(query, execution_options={"populate_existing": True})
    if row is None:
        raise NotFound("webhook", webhook_id)
    return row


def list_page(s: Session, owner: str, limit: int, after: str | None = None) -> tuple[list[WebhookRow], bool]:
    """Up to `limit` webhooks older than the one whose id is `after`, newest first, and whether there are more."""
    query = select(WebhookRow).where(WebhookRow.owner == owner)
    return list_newest_first(s, query, WebhookRow.id, limit=limit, after=after)


def count(s: Session, owner: str) -> int:
    """The number of an owner's webhooks."""
    return s.scalars(select(func.count()).select_from(WebhookRow).where(WebhookRow.owner == owner)).one()


def change(s: Session, owner: str, webhook_id: str, **values: Any) -> WebhookRow:
    """Change `url`, `events` or `enabled`; once enabled again, it gets what waited for it."""
    if "enabled" in values:
        values = {**values, "disabled_reason": None, "resting_until": None}
    return _update(s, owner, webhook_id, **values)


def rotate_secret(s: Session, owner: str, webhook_id: str) -> WebhookRow:
    """Give it a new secret; for a day deliveries are signed with the former one too."""
    former = {"former_secret": WebhookRow.secret, "former_secret_until": now() + ROTATION_SECONDS}
    return _update(s, owner, webhook_id, **former, secret=_new_secret())


def delete(s: Session, owner: str, webhook_id: str) -> None:
    """Delete a webhook with its deliveries, also those that wait."""
    mine = (WebhookRow.id == webhook_id, WebhookRow.owner == owner)
    if not execute_and_count(s, sql_delete(WebhookRow).where(*mine)):
        raise NotFound("webhook", webhook_id)


def _update(s: Session, owner: str, webhook_id: str, **values: Any) -> WebhookRow:
    mine = (WebhookRow.id == webhook_id, WebhookRow.owner == owner)
    if values:
        execute_and_count(s, update(WebhookRow).where(*mine).values(values))
    return get(s, owner, webhook_id)


def _new_secret() -> str:
    """A secret as Standard Webhooks 1.0.0 writes it: `whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
