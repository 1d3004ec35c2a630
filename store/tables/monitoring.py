"""Tables of monitoring: what was predicted and what came true, and what is known of each model's drift."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.database import now
from store.tables.base import Row


class PredictionRow(Row, kw_only=True):
    """A prediction that was asked to be recorded: no cell of the row, only the bins that its values are in."""

    __tablename__ = "predictions"

    id: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"))
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    bins: Mapped[bytes]
    """A byte for each distribution of the model's reference; empty if it has none."""
    predicted: Mapped[bytes]
    """The number of each target, or that of the class: float64, little-endian."""
    actual: Mapped[bytes | None] = mapped_column(default=None)
    """The same of what came true; -1 is a class that the model does not know."""

    __table_args__ = (Index(None, "model_id", "id"), Index(None, "created_at"))


class MonitorRow(Row, kw_only=True):
    """What is known of the drift of a model whose predictions are recorded."""

    __tablename__ = "monitors"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), primary_key=True)
    unchecked: Mapped[int] = mapped_column(default=0)
    """Predictions since its drift was last measured."""
    checked_at: Mapped[float | None] = mapped_column(default=None)
    drifts: Mapped[list[str]] = mapped_column(default_factory=list[str])
    """The columns and targets that had drifted then."""
