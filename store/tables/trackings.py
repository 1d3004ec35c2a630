"""The table of jobs that are logged to a tracking server."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.database import now
from store.tables.base import DOCUMENT, Row


class TrackingRow(Row, kw_only=True):
    """How far a job is logged to the operator's tracking server."""

    __tablename__ = "trackings"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[str | None] = mapped_column(default=None)
    """The server's own id of the job; null until it is known there."""
    sent: Mapped[dict[str, int]] = mapped_column(DOCUMENT, default_factory=dict[str, int])
    """The last epoch that was sent of the job, or of each of its nets, by id."""
    due_at: Mapped[float | None] = mapped_column(insert_default=now(), init=False)
    """When it is looked at next; null once all was sent, or given up."""
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts in a row that failed."""
    error: Mapped[str | None] = mapped_column(default=None)
    """Why the last one did."""
    token: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; a writer with an older one is refused."""
    leased_until: Mapped[float | None] = mapped_column(default=None)

    __table_args__ = (Index(None, "due_at"),)
