"""The tables of the database as typed classes: datasets, jobs, nets in training, models, keys.

A change needs a step in `migrations/versions`; a test compares the two. Times are float Unix seconds.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Final, TypeAlias, TypedDict

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from contract.states import DatasetStatus, JobStatus, StopReason
from store.database import now

JsonObject: TypeAlias = dict[str, Any]
DOCUMENT: Final = JSON(none_as_null=True)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A constraint named after the column: its value is one of these."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Row(MappedAsDataclass, DeclarativeBase, repr=False, eq=False):
    """The base of all tables; a row is made complete, by keyword."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        int: BigInteger(),
        float: Double(),
        bytes: LargeBinary(),
        JsonObject: DOCUMENT,
        dict[str, int]: DOCUMENT,
        dict[str, str]: DOCUMENT,
        list[str]: DOCUMENT,
        list[JsonObject]: DOCUMENT,
        DatasetStatus: Text(),
        JobStatus: Text(),
        StopReason: Text(),
    }


class FileText(TypeDecorator[str]):
    """Text out of an uploaded file: NUL, which PostgreSQL cannot keep, is stored as the replacement character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """What is stored."""
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
    """How many faults there are of each severity; the first thousand are in `dataset_issues`."""
    columns: Mapped[list[JsonObject] | None] = mapped_column(default=None)
    """The profile: one object per column."""
    error: Mapped[JsonObject | None] = mapped_column(default=None)
    """Why it cannot be used, as a problem document."""
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    token: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[float | None] = mapped_column(default=None)
    worker: Mapped[str | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with every change that a reader can see."""

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


class Resume(TypedDict):
    """An interruption after which a job resumed: the last epoch before it, and how long no worker had the job."""

    epoch: int
    reason: str
    gap_seconds: float


class JobRow(Row, kw_only=True):
    """A request to train, its state, and how far it is."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    dataset_id: Mapped[str]
    """Not a foreign key: a job that ended outlives its dataset."""
    status: Mapped[JobStatus] = mapped_column(default="queued")
    spec: Mapped[JsonObject]
    warnings: Mapped[list[str]] = mapped_column(default_factory=list[str])
    tags: Mapped[dict[str, str]] = mapped_column(default_factory=dict[str, str])
    priority: Mapped[int] = mapped_column(default=0)
    """Smaller runs sooner, as with nice(1)."""
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    started_at: Mapped[float | None] = mapped_column(default=None)
    finished_at: Mapped[float | None] = mapped_column(default=None)
    stop_reason: Mapped[StopReason | None] = mapped_column(default=None)
    error: Mapped[JsonObject | None] = mapped_column(default=None)
    """Why it failed, as a problem document."""
    model_id: Mapped[str | None] = mapped_column(default=None)
    weights_sha256: Mapped[str | None] = mapped_column(default=None)

    epoch: Mapped[int] = mapped_column(default=0)
    """The last epoch recorded; 0 before the first."""
    epochs: Mapped[int]
    """The most that there will be."""
    samples_per_second: Mapped[float | None] = mapped_column(default=None)
    eta_seconds: Mapped[float | None] = mapped_column(default=None)
    latest: Mapped[JsonObject | None] = mapped_column(default=None)
    best: Mapped[JsonObject | None] = mapped_column(default=None)

    token: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; a writer with an older one is refused."""
    leased_until: Mapped[float | None] = mapped_column(default=None)
    seen_at: Mapped[float | None] = mapped_column(default=None)
    """When a worker last gave a sign of life for this job."""
    worker: Mapped[str | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    strikes: Mapped[int] = mapped_column(default=0)
    """Workers lost in a row without one new epoch."""
    resumes: Mapped[list[Resume]] = mapped_column(DOCUMENT, default_factory=list[Resume])
    fingerprint: Mapped[JsonObject | None] = mapped_column(default=None)
    """What the bits of the result depend on besides spec and data: versions, threads, kind of processor."""
    reproducible: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with every change that a reader can see."""
    interrupted: Mapped[str | None] = mapped_column(default=None)
    """Why nobody works on it since `seen_at`, as its next resume will say; null if its worker was lost."""
    differs_from_epoch: Mapped[int | None] = mapped_column(default=None)
    """The first epoch that was trained under another fingerprint than those before it."""
    finish_asked_at: Mapped[float | None] = mapped_column(default=None)
    """Since when it is to end with the best that it has."""
    reproduces: Mapped[str | None] = mapped_column(default=None)
    """The job whose weights it is to find again. Not a foreign key: that one may be deleted."""
    reproduction: Mapped[JsonObject | None] = mapped_column(default=None)
    """Whether it found them: `match`, and the `first_difference` if not."""
    baselines: Mapped[JsonObject | None] = mapped_column(default=None)
    """How good `naive` and `linear` models are on the same rows; null until it was found out."""

    __table_args__ = (
        one_of("status", ("queued", "running", "paused", "succeeded", "failed", "cancelled")),
        one_of("stop_reason", ("all_epochs", "early_stopping", "finished_by_user", "time_limit")),
        CheckConstraint("(status = 'running') = (leased_until IS NOT NULL)", name="lease"),
        CheckConstraint(
            "(status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)", name="finished_at"
        ),
        CheckConstraint("epoch BETWEEN 0 AND epochs", name="epoch"),
        Index(None, "owner", "id"),
        Index(None, "owner", "status", "id"),
        Index(None, "owner", "dataset_id", "id"),
        Index(None, "owner", "started_at"),
        Index(None, "status", "owner", "priority", "id"),
        Index(None, "status", "leased_until"),
    )


class DatasetStatsRow(Row, kw_only=True):
    """Statistics of the rows of a job before training; apart from the job, since lists of jobs do not need them."""

    __tablename__ = "job_facts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    facts: Mapped[JsonObject]


class EpochRow(Row, kw_only=True):
    """One pass of a job over its training rows. A number that is not finite is null, and named in `non_finite`."""

    __tablename__ = "epochs"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    train_loss: Mapped[float | None]
    validation_loss: Mapped[float | None]
    metrics: Mapped[JsonObject]
    learning_rate: Mapped[float]
    gradient_norm: Mapped[float | None]
    seconds: Mapped[float]
    non_finite: Mapped[dict[str, str] | None] = mapped_column(default=None)
    weights_sha256: Mapped[str | None] = mapped_column(default=None)
    """Of the weights after it; null for what was recorded before hashes were kept."""

    __table_args__ = (CheckConstraint("epoch >= 1", name="epoch"), {"sqlite_with_rowid": False})


class CheckpointRow(Row, kw_only=True):
    """A file with a training state of a job; it counts because this row is there."""

    __tablename__ = "checkpoints"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counts from 1."""
    token: Mapped[int]
    """Of the claim whose holder wrote it."""
    epoch: Mapped[int]
    rows: Mapped[int]
    key: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)


class LayerStatsRow(Row, kw_only=True):
    """Layer statistics of a job's net after an epoch. Not every epoch is measured."""

    __tablename__ = "layers"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    layers: Mapped[list[JsonObject]]
    """One object for each dense layer. A number that is not finite is null, and named in `non_finite`."""
    non_finite: Mapped[dict[str, str] | None] = mapped_column(default=None)

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's signature


class NetRow(Row, kw_only=True):
    """A job's net without its weights, and its gradients when it was last measured."""

    __tablename__ = "nets"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    header: Mapped[bytes]
    """Its layers and how rows become numbers for it, as `learning.model.Header` writes them."""
    watched_epoch: Mapped[int | None] = mapped_column(default=None)
    gradients: Mapped[bytes | None] = mapped_column(default=None)
    """After that epoch, by each weight, float32."""
    dead: Mapped[bytes | None] = mapped_column(default=None)
    """A byte for each unit, 1 if it was dead."""


class WeightSnapshotRow(Row, kw_only=True):
    """The weights of a job's net after an epoch, 0 for those that it began with; thinned, see `learning.insight`."""

    __tablename__ = "weight_snapshots"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    weights: Mapped[bytes]
    """float32, little-endian."""


class ModelRow(Row, kw_only=True):
    """What a job's training produced, without its weights. Never changes."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    job_id: Mapped[str]
    """Not a foreign key: a model outlives its job and its dataset."""
    dataset_id: Mapped[str]
    dataset_sha256: Mapped[str]
    task: Mapped[str]
    target: Mapped[str]
    classes: Mapped[list[str] | None]
    inputs: Mapped[list[JsonObject]]
    parameters: Mapped[int]
    weights_sha256: Mapped[str]
    metrics: Mapped[JsonObject]
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)

    __table_args__ = (
        UniqueConstraint("owner", "name", "version"),
        one_of("task", ("regression", "classification")),
        Index(None, "owner", "id"),
    )


class ModelWeightsRow(Row, kw_only=True):
    """The bytes of a model, in a table of their own so that lists of models never load them."""

    __tablename__ = "model_weights"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), primary_key=True)
    weights: Mapped[bytes]


class ModelInsightRow(Row, kw_only=True):
    """One insight of a model, computed when its training ended. Never changes."""

    __tablename__ = "model_insights"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class ModelNameRow(Row, kw_only=True):
    """The last version given out under a name; it outlives the models, so that no version is used twice."""

    __tablename__ = "model_names"

    owner: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    last_version: Mapped[int]


class AliasRow(Row, kw_only=True):
    """A name that points to one version of a model and can be moved."""

    __tablename__ = "model_aliases"

    owner: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    alias: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]


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
