"""Queue statistics over all owners, for operators: jobs by state, waiting times and throughput.

They are computed from the rows of jobs, so they stay right when workers are lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from contract.states import DatasetStatus, JobStatus
from store.database import now
from store.jobs.turns import IS_QUEUED
from store.leases import MAX_LEASE_SECONDS, is_expired
from store.tables import DatasetRow, EpochRow, JobRow


@dataclass(frozen=True, kw_only=True)
class QueueStats:
    """Counts of jobs and datasets in every state, ages of the oldest jobs, and throughput.

    An age is 0 if there is no such job; a job queued again waits since a worker last held it. The throughput is of all
    jobs that a worker holds, by the last epoch of each.
    """

    jobs: dict[str, int]
    datasets: dict[str, int]
    oldest_queued_seconds: float
    oldest_expired_lease_seconds: float
    """Of a lease from the future, the time by which it exceeds the longest lease."""
    longest_lease_seconds: float
    """The time until the last lease of a job or dataset ends."""
    epochs_per_second: float
    samples_per_second: float


def get_queue_stats(s: Session) -> QueueStats:
    """The current statistics; the query reads two indexes, and the jobs that are queued or running.

    An ensemble is counted once; what its nets wait and do counts as of other jobs.
    """
    waits_since = func.coalesce(JobRow.seen_at, JobRow.created_at)
    queued = select(func.min(waits_since)).where(IS_QUEUED).scalar_subquery()
    leases = select(func.min(JobRow.leased_until), func.max(JobRow.leased_until)).where(JobRow.status == "running")
    of_dataset = select(func.max(DatasetRow.leased_until)).where(DatasetRow.status == "processing").scalar_subquery()
    moment, oldest_queued, last_of_datasets = s.execute(select(now(), queued, of_dataset)).one()
    first_lease, last_lease = s.execute(leases).one()
    job_lease_seconds = (last_lease or moment) - moment
    last_epoch = and_(EpochRow.job_id == JobRow.id, EpochRow.epoch == JobRow.epoch)
    epochs, samples = s.execute(
        select(func.sum(1.0 / func.nullif(EpochRow.seconds, 0.0)), func.sum(JobRow.samples_per_second))
        .join_from(JobRow, EpochRow, last_epoch)
        .where(JobRow.status == "running", ~is_expired(JobRow.leased_until))
    ).one()
    return QueueStats(
        jobs=_count_by_status(s, JobRow.status, get_args(JobStatus), JobRow.ensemble_id.is_(None)),
        datasets=_count_by_status(s, DatasetRow.status, get_args(DatasetStatus)),
        oldest_queued_seconds=max(0.0, moment - (oldest_queued or moment)),
        oldest_expired_lease_seconds=max(0.0, moment - (first_lease or moment), job_lease_seconds - MAX_LEASE_SECONDS),
        longest_lease_seconds=max(0.0, job_lease_seconds, (last_of_datasets or moment) - moment),
        epochs_per_second=float(epochs or 0.0),
        samples_per_second=samples or 0.0,
    )


def _count_by_status(
    s: Session,
    column: InstrumentedAttribute[JobStatus] | InstrumentedAttribute[DatasetStatus],
    states: Sequence[str],
    *conditions: ColumnElement[bool],
) -> dict[str, int]:
    counts = s.execute(select(column, func.count()).where(*conditions).group_by(column))
    return dict.fromkeys(states, 0) | {row[0]: row[1] for row in counts}
