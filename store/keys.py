"""API keys: owner, scopes and the SHA-256 of each key.

A revoked key stays as a record: once a key was made, an installation never again trusts callers without one.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from contract.states import Scope
from store.database import execute_and_count, now
from store.errors import NotFound
from store.pages import list_newest_first
from store.tables import KeyRow

KEY_PATTERN: Final = re.compile(r"gr_[A-Za-z0-9_-]{43}")
USE_RESOLUTION_SECONDS: Final = 60 * 60
"""The precision of a key's last use, coarse so that a read seldom becomes a write."""


def add(s: Session, *, id: str, owner: str, name: str, scopes: Sequence[Scope]) -> tuple[KeyRow, str]:  # noqa: A002 - its name in the API
    """Add a key of 256 random bits; the key itself is returned and stored nowhere."""
    key = f"gr_{secrets.token_urlsafe(32)}"
    row = KeyRow(id=id, owner=owner, name=name, scopes=list(scopes), sha256=_hash_key(key), hint=key[-4:])
    s.add(row)
    s.flush()
    return row, key


@dataclass(frozen=True)
class AuthenticatedKey:
    """A key that was not revoked: whom it acts for, what it may do, and whether to call `update_last_used`."""

    id: str
    owner: str
    scopes: Sequence[str]
    is_use_outdated: bool


_SELECT_BY_HASH: Final = select(
    KeyRow.id,
    KeyRow.owner,
    KeyRow.scopes,
    or_(KeyRow.last_used_at.is_(None), KeyRow.last_used_at < now() - USE_RESOLUTION_SECONDS),
).where(KeyRow.sha256 == bindparam("sha256"), KeyRow.revoked_at.is_(None))
"""Built once: building it takes longer than running it."""


def authenticate(s: Session, key: str) -> AuthenticatedKey | None:
    """The holder of a key; None if there is no such key, or it is revoked."""
    if not KEY_PATTERN.fullmatch(key):
        return None
    row = s.execute(_SELECT_BY_HASH, {"sha256": _hash_key(key)}).one_or_none()
    return None if row is None else AuthenticatedKey(row[0], row[1], row[2], bool(row[3]))


def update_last_used(s: Session, id: str) -> None:  # noqa: A002 - its name in the API
    """Record that a key is in use now."""
    execute_and_count(s, update(KeyRow).where(KeyRow.id == id).values(last_used_at=now()))


def exists_any(s: Session) -> bool:
    """Whether there ever was a key."""
    return bool(s.scalar(select(exists().where(KeyRow.id.is_not(None)))))


def exists_admin(s: Session) -> bool:
    """Whether there is a key that can make others."""
    return any("admin" in scopes for scopes in s.scalars(select(KeyRow.scopes).where(KeyRow.revoked_at.is_(None))))


def list_page(
    s: Session, limit: int, after: str | None = None, *, owner: str | None = None
) -> tuple[list[KeyRow], bool]:
    """Up to `limit` keys older than the one whose id is `after`, newest first, and whether there are more."""
    query = select(KeyRow)
    if owner is not None:
        query = query.where(KeyRow.owner == owner)
    return list_newest_first(s, query, KeyRow.id, limit=limit, after=after)


def get(s: Session, id: str) -> KeyRow:  # noqa: A002 - its name in the API
    """The key with this id, of any owner; NotFound if there never was one."""
    row = s.get(KeyRow, id)
    if row is None:
        raise NotFound("key", id)
    return row


def revoke(s: Session, id: str) -> None:  # noqa: A002 - its name in the API
    """Revoke a key; revoking it again changes nothing."""
    get(s, id)
    execute_and_count(s, update(KeyRow).where(KeyRow.id == id, KeyRow.revoked_at.is_(None)).values(revoked_at=now()))


def _hash_key(key: str) -> str:
    """Keys are 256 random bits, so a plain SHA-256 is sufficient."""
    return hashlib.sha256(key.encode()).hexdigest()
