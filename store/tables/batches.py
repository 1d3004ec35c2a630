"""Tables of batches of predictions and of their blocks."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from contract.states import BatchFormat, BatchStatus
from store.database import now
from store.tables.base import JsonObject, Row, one_of


class BatchRow(Row, kw_only=True):
    """A request to predict all rows of a dataset, and how far it is."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    model_id: Mapped[str]
    """Not a foreign key: a batch that ended outlives its model and its dataset."""
    model_name: Mapped[str]
    model_version: Mapped[int]
    dataset_id: Mapped[str]
    format: Mapped[BatchFormat]
    columns: Mapped[list[str]]
    """The columns of the dataset that stand before the predictions."""
    interval: Mapped[float | None]
    status: Mapped[BatchStatus] = mapped_column(default="queued")
    rows: Mapped[int]
    """The rows of the dataset, each of which gets a prediction."""
    rows_rejected: Mapped[int]
    """The rows of the file that could not be read."""
    block_rows: Mapped[int]
    """The rows of a block, but for the last one."""
    rows_done: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[list[str]]
    errors: Mapped[list[JsonObject]] = mapped_column(deferred=True)
    """The first faults of the file that concern the model."""
    error: Mapped[JsonObject | None] = mapped_column(default=None)
    """The reason of its failure, as a problem document."""
    turn_at: Mapped[float] = mapped_column(default=0.0)
    """When a block of it was last claimed, by which batches take turns."""
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    started_at: Mapped[float | None] = mapped_column(default=None)
    finished_at: Mapped[float | None] = mapped_column(default=None)
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with every change that a reader can see."""

    __table_args__ = (
        one_of("status", ("queued", "running", "succeeded", "failed", "cancelled")),
        one_of("format", ("csv", "ndjson", "parquet")),
        CheckConstraint(
            "(status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)", name="finished_at"
        ),
        Index(None, "owner", "id"),
        Index(None, "owner", "status"),
        Index(None, "owner", "dataset_id"),
        Index(None, "status", "turn_at"),
        Index(None, "status", "finished_at"),
    )


class BatchBlockRow(Row, kw_only=True):
    """A part of a batch that one worker does at a time: some rows, or what comes before or after all of them.

    Block 0 reads the file anew, if the model reads it otherwise than the dataset was read; the one after the last rows
    joins the others into one file, if the format needs it.
    """

    __tablename__ = "batch_blocks"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    key: Mapped[str | None] = mapped_column(default=None)
    """Of the file that it became; null until it is done."""
    bytes: Mapped[int | None] = mapped_column(default=None)
    token: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; a writer with an older one is refused."""
    leased_until: Mapped[float | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        one_of("kind", ("read", "predict", "join")),
        {"sqlite_with_rowid": False},
    )
