"""Tables of webhooks and of what is delivered to them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from contract.events import DeliveryStatus, DeliveryType, EventType
from store.database import now
from store.tables.base import DOCUMENT, JsonObject, Row, one_of


class WebhookRow(Row, kw_only=True):
    """An address to which an owner's events are sent."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    url: Mapped[str]
    events: Mapped[list[EventType] | None] = mapped_column(DOCUMENT)
    """The types of events that are sent; null for all, also those of later versions."""
    secret: Mapped[str]
    """Signatures need the secret itself."""
    former_secret: Mapped[str | None] = mapped_column(default=None)
    """The one before, with which deliveries are signed too until `former_secret_until`."""
    former_secret_until: Mapped[float | None] = mapped_column(default=None)
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(default=None)
    """Why it is not enabled, unless its owner disabled it."""
    resting_until: Mapped[float | None] = mapped_column(default=None)
    """Until when its receiver asked to be left alone."""
    turn_at: Mapped[float] = mapped_column(default=0.0)
    """When one of its deliveries was last claimed, by which webhooks take turns."""
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)

    __table_args__ = (Index(None, "owner", "id"), Index(None, "enabled", "turn_at"))


class DeliveryRow(Row, kw_only=True):
    """An event on its way to one webhook, with the log of its attempts."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(primary_key=True)
    """The same in all attempts, so that a receiver can tell repetitions."""
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    owner: Mapped[str]
    type: Mapped[DeliveryType]
    data: Mapped[JsonObject]
    status: Mapped[DeliveryStatus] = mapped_column(default="pending")
    due_at: Mapped[float | None] = mapped_column(insert_default=now(), init=False)
    """When the next attempt is due; null once it succeeded or failed."""
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts that failed since it was first sent, or last replayed."""
    attempts: Mapped[list[JsonObject]] = mapped_column(default_factory=list[JsonObject])
    """The last attempts: `at`, `seconds`, and `status` of the response or an `error`."""
    token: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; a writer with an older one is refused."""
    leased_until: Mapped[float | None] = mapped_column(default=None)
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    finished_at: Mapped[float | None] = mapped_column(default=None)

    __table_args__ = (
        one_of("status", ("pending", "succeeded", "failed")),
        CheckConstraint("(status = 'pending') = (due_at IS NOT NULL)", name="due_at"),
        CheckConstraint("(status = 'pending') = (finished_at IS NULL)", name="finished_at"),
        Index(None, "webhook_id", "id"),
        Index(None, "webhook_id", "status", "due_at"),
        Index(None, "status", "due_at"),
        Index(None, "leased_until"),
        Index(None, "finished_at"),
    )
