"""Tables of datasets and their issues."""

from sqlalchemy import (
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contract.states import DatasetStatus
from store.database import now
from store.tables.base import JsonObject, Row, one_of


class FileText(TypeDecorator[str]):
    """Text out of an uploaded file: NUL, which PostgreSQL cannot keep, is stored as the replacement character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The stored values."""
        return value and value.replace("\0", "\ufffd")


class DatasetRow(Row, kw_only=True):
    """An uploaded file and, once it was read, what is in it. The file itself is in `store.files.files`."""

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    name: Mapped[str]
    format: Mapped[str]
    status: Mapped[DatasetStatus] = mapped_column(default="processing")
    bytes: Mapped[int]
    sha256: Mapped[str]
    types: Mapped[dict[str, str]] = mapped_column(default_factory=dict[str, str])
    """The column types that the uploader fixed, by column name."""
    rows: Mapped[int | None] = mapped_column(default=None)
    rows_rejected: Mapped[int | None] = mapped_column(default=None)
    issue_counts: Mapped[dict[str, int] | None] = mapped_column(default=None)
    """The number of faults of each severity; the first thousand are in `dataset_issues`."""
    columns: Mapped[list[JsonObject] | None] = mapped_column(default=None)
    """The profile: one object per column."""
    error: Mapped[JsonObject | None] = mapped_column(default=None)
    """The reason why it cannot be used, as a problem document."""
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    token: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[float | None] = mapped_column(default=None)
    worker: Mapped[str | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with every change that a reader can see."""
    read_options: Mapped[JsonObject | None] = mapped_column(default=None)
    """What else the uploader fixed, as `tables.ReadOptions.to_json`."""
    progress: Mapped[JsonObject | None] = mapped_column(default=None)
    """While the file is read: the `rows` so far, and the `fraction` of the file, which may be null."""
    feature_bytes: Mapped[int] = mapped_column(default=0, server_default="0")
    """The size of the features that are kept of its pictures."""
    tags: Mapped[dict[str, str]] = mapped_column(default_factory=dict[str, str], server_default="{}")
    note: Mapped[str | None] = mapped_column(default=None)
    words: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """What it is found by, see `store.labels`."""

    __table_args__ = (
        one_of("status", ("processing", "ready", "failed")),
        CheckConstraint("status = 'processing' OR leased_until IS NULL", name="lease"),
        Index(None, "owner", "id"),
        Index(None, "owner", "status", "id"),
        Index(None, "owner", "name", "id"),
        Index(None, "status", "id"),
    )


class DatasetIssueRow(Row, kw_only=True):
    """A fault in an uploaded file: where it is, what stands there, what was done."""

    __tablename__ = "dataset_issues"

    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counts from 1, in the order of the file."""
    line: Mapped[int | None]
    row: Mapped[int | None]
    column: Mapped[str | None] = mapped_column(FileText)
    value: Mapped[str | None] = mapped_column(FileText)
    code: Mapped[str]
    severity: Mapped[str]
    action: Mapped[str]
    suggestion: Mapped[str | None]

    __table_args__ = (one_of("severity", ("error", "warning")), {"sqlite_with_rowid": False})
