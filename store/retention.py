"""Retention: deletes ended jobs with their epochs, and unused datasets, that are older than the settings allow.

In small batches, each in a transaction of its own, so that writers do not wait for it.
"""

from contextlib import suppress
from typing import Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from contract.states import TERMINAL
from store import datasets
from store.clock import now
from store.database import execute_and_count
from store.errors import InUse, NotFound
from store.tables import DatasetRow, JobRow

BATCH_ROWS: Final = 100


def delete_old_jobs(s: Session, older_than_seconds: float) -> int:
    """Delete up to BATCH_ROWS jobs of all owners that ended longer ago, and count them. Their models stay."""
    ended = (JobRow.status.in_(TERMINAL), JobRow.finished_at < now() - older_than_seconds)
    some = select(JobRow.id).where(*ended).limit(BATCH_ROWS)
    return execute_and_count(s, sql_delete(JobRow).where(JobRow.id.in_(some), *ended))


def delete_old_datasets(s: Session, older_than_seconds: float) -> int:
    """Delete up to BATCH_ROWS datasets, uploaded longer ago, that no job has used since, and count them.

    Their models stay. Their files become orphans, and are deleted as such.
    """
    cutoff = now() - older_than_seconds
    recent = or_(JobRow.status.not_in(TERMINAL), JobRow.finished_at >= cutoff)
    used = exists().where(JobRow.owner == DatasetRow.owner, JobRow.dataset_id == DatasetRow.id, recent)
    unused = (DatasetRow.status != "processing", DatasetRow.created_at < cutoff, ~used)
    deleted = 0
    for dataset_id, owner in s.execute(select(DatasetRow.id, DatasetRow.owner).where(*unused).limit(BATCH_ROWS)).all():
        with suppress(NotFound, InUse):  # somebody was quicker
            datasets.delete(s, owner, dataset_id)
            deleted += 1
    return deleted
