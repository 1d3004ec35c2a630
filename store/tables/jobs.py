"""Tables of jobs: state and progress, epochs, checkpoints, and statistics of the rows before training."""

from typing import TypedDict

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contract.states import JobStatus, StopReason
from store.database import now
from store.tables.base import DOCUMENT, JsonObject, Row, one_of


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
    """The reason of its failure, as a problem document."""
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
    """The environment that the bits depend on: versions, threads, kind of processor."""
    reproducible: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with every change that a reader can see."""
    interrupted: Mapped[str | None] = mapped_column(default=None)
    """The reason why no worker holds it since `seen_at`, for its next resume; null if its worker was lost."""
    differs_from_epoch: Mapped[int | None] = mapped_column(default=None)
    """The first epoch that was trained under another fingerprint than those before it."""
    finish_asked_at: Mapped[float | None] = mapped_column(default=None)
    """Since when it is to end with the best that it has."""
    reproduces: Mapped[str | None] = mapped_column(default=None)
    """The job whose weights it is to find again. Not a foreign key: that one may be deleted."""
    reproduction: Mapped[JsonObject | None] = mapped_column(default=None)
    """Whether it found them: `match`, and the `first_difference` if not."""
    baselines: Mapped[JsonObject | None] = mapped_column(default=None)
    """The scores of `naive` and `linear` models on the same rows; null until they are computed."""
    turn_at: Mapped[float | None] = mapped_column(default=None)
    """When it was last claimed or released, by which owners take turns."""
    prepared: Mapped[float | None] = mapped_column(default=None)
    """Before the first epoch: the share of the pictures whose features are made."""
    reasons: Mapped[dict[str, str] | None] = mapped_column(default=None)
    """Why what the spec left open was decided as it is, by setting; null for jobs of earlier versions."""
    ensemble_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), default=None)
    """Of a net of an ensemble: the job that it belongs to. Its owner sees that job alone."""
    net: Mapped[int | None] = mapped_column(default=None)
    """Its number in the ensemble, from 1."""
    waiting_nets: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of an ensemble: how many of its nets have not ended. Until all have, no worker claims it."""

    sweep_id: Mapped[str | None] = mapped_column(ForeignKey("sweeps.id", ondelete="CASCADE"), default=None)
    """Of a trial: the sweep that it belongs to."""
    trial: Mapped[int | None] = mapped_column(default=None)
    """Its number in the sweep, from 1."""
    name: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """The name that its model gets, by which lists are ordered."""
    note: Mapped[str | None] = mapped_column(default=None)
    words: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """What it is found by, see `store.labels`."""
    main_error: Mapped[float | None] = mapped_column(default=None)
    """The error of its main metric at its best epoch, by which lists are ordered."""

    __table_args__ = (
        one_of("status", ("queued", "running", "paused", "succeeded", "failed", "cancelled")),
        one_of("stop_reason", ("all_epochs", "early_stopping", "finished_by_user", "time_limit", "pruned")),
        CheckConstraint("(status = 'running' AND waiting_nets = 0) = (leased_until IS NOT NULL)", name="lease"),
        CheckConstraint(
            "(status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)", name="finished_at"
        ),
        CheckConstraint("epoch BETWEEN 0 AND epochs", name="epoch"),
        Index(None, "owner", "id"),
        Index(None, "owner", "status", "id"),
        Index(None, "owner", "dataset_id", "id"),
        Index(None, "owner", "name", "id"),
        Index(None, "owner", "main_error", "id"),
        Index(None, "owner", "turn_at"),
        Index(None, "status", "waiting_nets", "owner", "priority", "id"),
        Index(None, "status", "leased_until"),
        Index(None, "ensemble_id", "id", "status"),
        Index(None, "sweep_id", "trial"),
    )


class DatasetStatsRow(Row, kw_only=True):
    """Statistics of the rows of a job before training; apart from the job, since lists of jobs do not need them."""

    __tablename__ = "job_facts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    facts: Mapped[JsonObject]
    parts: Mapped[bytes | None] = mapped_column(default=None, deferred=True)
    """The split, as of `learning.data.split.encode_parts`; None for a job of an earlier version."""


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
    sample: Mapped[str | None] = mapped_column(default=None)
    """What a net that learns to write writes after it."""

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
