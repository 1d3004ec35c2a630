"""Stored responses by idempotency key, so that a client may repeat a POST and create nothing twice.

The key is claimed and its response stored in the transaction that creates the thing: both are there or neither.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.database import build_upsert, execute_and_count, now
from store.errors import IdempotencyKeyReused
from store.tables import IdempotencyRow

RETENTION_SECONDS: Final = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class StoredResponse:
    """The response to the first request with a key."""

    status: int
    headers: dict[str, str]
    body: bytes


def get_response(s: Session, owner: str, key: str, route: str, body_sha256: str) -> StoredResponse | None:
    """The response to a request with this key in the last 24 hours; None if there is none yet.

    Raises:
        IdempotencyKeyReused: the key came with another route or body.
    """
    mine = (IdempotencyRow.owner == owner, IdempotencyRow.key == key)
    query = select(IdempotencyRow).where(*mine, IdempotencyRow.created_at >= now() - RETENTION_SECONDS)
    row = s.scalar(query, execution_options={"populate_existing": True})
    if row is None:
        return None
    if (row.route, row.body_sha256) != (route, body_sha256):
        raise IdempotencyKeyReused(key)
    if row.status is None:
        return None
    return StoredResponse(status=row.status, headers=row.headers or {}, body=row.body or b"")


def claim(s: Session, owner: str, key: str, route: str, body_sha256: str) -> StoredResponse | None:
    """Claim the key in a writing transaction; None: it is new, so do the work and `add_response` before the commit.

    A second request with the same key waits here until the first one's transaction ends, and gets its response.

    Raises:
        IdempotencyKeyReused: the key came with another route or body.
    """
    delete_expired(s)
    insert = build_upsert(s, IdempotencyRow).values(owner=owner, key=key, route=route, body_sha256=body_sha256)
    s.execute(insert.on_conflict_do_nothing(index_elements=["owner", "key"]))
    return get_response(s, owner, key, route, body_sha256)


def delete_expired(s: Session) -> int:
    """Delete the keys that were claimed more than 24 hours ago, and count them.

    Keys from the future, which a clock that was ahead has dated, count from now on.
    """
    is_future = IdempotencyRow.created_at > now()
    s.execute(update(IdempotencyRow).where(is_future).values(created_at=now()))
    return execute_and_count(s, delete(IdempotencyRow).where(IdempotencyRow.created_at < now() - RETENTION_SECONDS))


def add_response(s: Session, owner: str, key: str, response: StoredResponse) -> None:
    """Store the response to the request that claimed the key in this transaction."""
    mine = (IdempotencyRow.owner == owner, IdempotencyRow.key == key)
    values = {"status": response.status, "headers": response.headers, "body": response.body}
    s.execute(update(IdempotencyRow).where(*mine).values(values))
