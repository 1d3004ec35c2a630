"""The table of sweeps: searches for better settings, whose trials are jobs."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contract.states import SweepStatus
from store.database import now
from store.tables.base import JsonObject, Row, one_of


class SweepRow(Row, kw_only=True):
    """A search for better settings."""

    __tablename__ = "sweeps"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    status: Mapped[SweepStatus] = mapped_column(default="running")
    spec: Mapped[JsonObject]
    """As admitted: the base with every default, and the space."""
    trial_base: Mapped[JsonObject]
    """What trials start from: the base with one net."""
    metric: Mapped[str]
    """The metric that is improved."""
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    finished_at: Mapped[float | None] = mapped_column(default=None)
    trials: Mapped[int] = mapped_column(default=0)
    """How many were queued so far."""
    deadline: Mapped[float | None] = mapped_column(default=None)
    """From when on no trial is to start."""
    finish_asked_at: Mapped[float | None] = mapped_column(default=None)
    """Since when no trial is to start any more."""
    job_id: Mapped[str | None] = mapped_column(default=None)
    """The job that trains the best settings once more. Not a foreign key: it may be deleted."""
    error: Mapped[JsonObject | None] = mapped_column(default=None)

    __table_args__ = (
        one_of("status", ("running", "succeeded", "failed", "cancelled")),
        CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished_at"),
        Index(None, "owner", "id"),
        Index(None, "status"),
    )
