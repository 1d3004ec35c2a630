"""Trackings: which jobs are logged to the operator's tracking server, and how far; held by leases as jobs are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from contract.states import TERMINAL
from store.database import execute_and_count, now
from store.jobs.epochs import list_page
from store.leases import is_expired
from store.tables import EpochRow, JobRow, ModelRow, TrackingRow

MAX_FAILURES: Final = 200
"""With the longest pause between two attempts these are eight days; then no more is sent."""
MAX_PAUSE_SECONDS: Final = 3600.0
MAX_ERROR_CHARS: Final = 500


@dataclass(frozen=True, kw_only=True)
class TrackingClaim:
    """The right to log a job for some seconds, and how far it is logged."""

    job_id: str
    token: int
    run_id: str | None
    sent: Mapping[str, int]
    failures: int


@dataclass(frozen=True, kw_only=True)
class NetEpochs:
    """New epochs of a job, or of a net of it, whose number that is.

    Attributes:
        seconds: What the epochs before them took.
    """

    job_id: str
    net: int | None
    epochs: Sequence[EpochRow]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class JobReport:
    """What is to be logged of a job."""

    job: JobRow
    model: ModelRow | None
    nets: Sequence[NetEpochs]
    has_ended: bool


def has_due(s: Session) -> bool:
    """Whether there is a job to look at."""
    return s.scalars(select(TrackingRow.job_id).where(*_is_due()).limit(1)).first() is not None


def claim(s: Session, seconds: float) -> TrackingClaim | None:
    """Claim the job that has been due for longest; None if there is none."""
    query = select(TrackingRow).where(*_is_due()).order_by(TrackingRow.due_at).limit(1)
    row = s.scalars(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.token += 1
    s.execute(update(TrackingRow).where(TrackingRow.job_id == row.job_id).values(leased_until=now() + seconds))
    s.flush()
    return TrackingClaim(
        job_id=row.job_id, token=row.token, run_id=row.run_id, sent=dict(row.sent), failures=row.failures
    )


def load(s: Session, job_id: str, sent: Mapping[str, int], limit: int) -> JobReport | None:
    """What is new of a job, at most `limit` epochs of each net; None if it was deleted."""
    job = s.get(JobRow, job_id)
    if job is None:
        return None
    rows = list(s.scalars(select(JobRow).where(JobRow.ensemble_id == job_id).order_by(JobRow.id))) or [job]
    nets = [_load_net(s, row, sent.get(row.id, 0), limit) for row in rows]
    model = s.get(ModelRow, job.model_id) if job.model_id else None
    return JobReport(job=job, model=model, nets=nets, has_ended=job.status in TERMINAL)


def record(
    s: Session,
    held: TrackingClaim,
    *,
    run_id: str,
    sent: Mapping[str, int],
    pause_seconds: float | None,
    lease_seconds: float | None = None,
) -> bool:
    """Record how far a job is logged, and when it is looked at next; None: never.

    The claim is given back, unless it is held for so many seconds more. False if another worker has it.
    """
    values = {
        "run_id": run_id,
        "sent": dict(sent),
        "due_at": None if pause_seconds is None else now() + pause_seconds,
        "failures": 0,
        "error": None,
        "leased_until": None if lease_seconds is None else now() + lease_seconds,
    }
    return _update(s, held, **values)


def record_failure(s: Session, held: TrackingClaim, error: str) -> bool:
    """Record that an attempt failed; the pause before the next one doubles."""
    failures = held.failures + 1
    pause = min(2.0 ** min(failures, 20), MAX_PAUSE_SECONDS)
    due_at = None if failures >= MAX_FAILURES else now() + pause
    return _update(s, held, due_at=due_at, failures=failures, error=error[:MAX_ERROR_CHARS], leased_until=None)


def renew(s: Session, held: TrackingClaim, seconds: float) -> bool:
    """Hold a claim for longer; False if another worker has it, or the job was deleted."""
    return _update(s, held, leased_until=now() + seconds)


def _is_due() -> tuple[ColumnElement[bool], ...]:
    free = or_(TrackingRow.leased_until.is_(None), is_expired(TrackingRow.leased_until))
    return TrackingRow.due_at.is_not(None), TrackingRow.due_at <= now(), free


def _update(s: Session, held: TrackingClaim, **values: object) -> bool:
    is_it = TrackingRow.job_id == held.job_id, TrackingRow.token == held.token
    return execute_and_count(s, update(TrackingRow).where(*is_it).values(values)) > 0


def _load_net(s: Session, row: JobRow, after: int, limit: int) -> NetEpochs:
    epochs, _ = list_page(s, row.id, after, limit)
    before = select(func.coalesce(func.sum(EpochRow.seconds), 0.0)).where(
        EpochRow.job_id == row.id, EpochRow.epoch <= after
    )
    return NetEpochs(job_id=row.id, net=row.net, epochs=epochs, seconds=s.scalars(before).one())
