"""Tables of API keys, and of responses by idempotency key."""

from sqlalchemy.orm import Mapped, mapped_column

from store.database import now
from store.tables.base import Row


class KeyRow(Row, kw_only=True):
    """A key that callers show, without the key itself: who it acts for, and what it may do."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    name: Mapped[str]
    scopes: Mapped[list[str]]
    sha256: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    """Its last four letters, by which a person tells it from others."""
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    revoked_at: Mapped[float | None] = mapped_column(default=None)
    last_used_at: Mapped[float | None] = mapped_column(default=None)
    """To the hour."""


class IdempotencyRow(Row, kw_only=True):
    """The answer that a request with this key got; null until the request's transaction ends."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str]
    body_sha256: Mapped[str]
    status: Mapped[int | None] = mapped_column(default=None)
    headers: Mapped[dict[str, str] | None] = mapped_column(default=None)
    body: Mapped[bytes | None] = mapped_column(default=None)
    created_at: Mapped[float] = mapped_column(insert_default=now(), index=True, init=False)
