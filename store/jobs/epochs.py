"""The epochs of jobs: losses, metrics and gradient norm of each pass over the training rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from store.pages import split_page
from store.tables import EpochRow, JsonObject, Row


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """One epoch. A number that is not finite is None here, and named in `non_finite` ("nan", "inf")."""

    epoch: int
    """Counts from 1."""
    train_loss: float | None
    validation_loss: float | None
    metrics: JsonObject = field(default_factory=dict[str, Any])
    learning_rate: float
    gradient_norm: float | None
    seconds: float
    non_finite: dict[str, str] | None = None
    weights_sha256: str | None = None
    """Of the weights after it."""
    sample: str | None = None
    """What a net that learns to write writes after it."""


def list_page(s: Session, job_id: str, after_epoch: int, limit: int) -> tuple[list[EpochRow], bool]:
    """Up to `limit` epochs after `after_epoch`, oldest first, and whether there are more."""
    query = select(EpochRow).where(EpochRow.job_id == job_id, EpochRow.epoch > after_epoch)
    return split_page(list(s.scalars(query.order_by(EpochRow.epoch).limit(limit + 1))), limit)


def list_sample(s: Session, job_id: str, last_epoch: int, max_epochs: int, best_epoch: int | None) -> list[EpochRow]:
    """A sample of about `max_epochs` epochs, oldest first: the first, last and best ones, and evenly spread others."""
    query = select(EpochRow).where(EpochRow.job_id == job_id).order_by(EpochRow.epoch)
    if last_epoch > max_epochs:
        ends = max_epochs // 8
        between = range(ends, last_epoch - ends, -(-(last_epoch - 2 * ends) // (max_epochs - 2 * ends)))
        best = () if best_epoch is None else (best_epoch,)
        sample = sorted({*range(1, ends + 1), *between, *range(last_epoch - ends + 1, last_epoch + 1), *best})
        query = query.where(EpochRow.epoch.in_(sample))
    return list(s.scalars(query))


def list_curve(s: Session, job_id: str, last_epoch: int, points: int) -> list[float | None]:
    """The validation loss, or the training loss where nothing is held out, of at most `points` evenly spread epochs."""
    count = min(points, last_epoch)
    chosen = [1 + round(n * (last_epoch - 1) / max(count - 1, 1)) for n in range(count)]
    loss = func.coalesce(EpochRow.validation_loss, EpochRow.train_loss)
    rows = s.scalars(select(loss).where(EpochRow.job_id == job_id, EpochRow.epoch.in_(chosen)).order_by(EpochRow.epoch))
    return list(rows)


def add(s: Session, job_id: str, epochs: Sequence[EpochRecord]) -> None:
    """Insert epochs; for `store.jobs.claims.add_epochs` alone, which checks that they are the next ones."""
    # a table is quicker to insert into than its class
    s.execute(insert(Row.metadata.tables["epochs"]), [{"job_id": job_id, **vars(epoch)} for epoch in epochs])
