"""Deletes what is older than the operator wishes to keep: ended jobs with their epochs, and datasets that nobody uses.

A few at a time, each few in a transaction of their own, so that nobody who trains or asks has to wait for it.
"""

from contextlib import suppress
from typing import Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from contract.states import TERMINAL
from store import datasets
from store.clock import now
from store.database import affected
from store.errors import InUse, NotFound
from store.rows import DatasetRow, JobRow

AT_ONCE: Final = 100


def drop_jobs(s: Session, older_than_seconds: float) -> int:
    """Delete up to a hundred jobs that ended longer ago, of all owners; answers how many. Their models stay."""
    ended = (JobRow.status.in_(TERMINAL), JobRow.finished_at < now() - older_than_seconds)
    some = select(JobRow.id).where(*ended).limit(AT_ONCE)
    return affected(s, sql_delete(JobRow).where(JobRow.id.in_(some), *ended))


def drop_datasets(s: Session, older_than_seconds: float) -> int:
    """Delete up to a hundred datasets uploaded longer ago that no job has learned from since; answers how many.

    Their models stay. Their files are then nobody's, and swept as such.
    """
    since = now() - older_than_seconds
    lately = or_(JobRow.status.not_in(TERMINAL), JobRow.finished_at >= since)
    used = exists().where(JobRow.owner == DatasetRow.owner, JobRow.dataset_id == DatasetRow.id, lately)
    unused = (DatasetRow.status != "processing", DatasetRow.created_at < since, ~used)
    dropped = 0
    for dataset_id, owner in s.execute(select(DatasetRow.id, DatasetRow.owner).where(*unused).limit(AT_ONCE)).all():
        with suppress(NotFound, InUse):  # somebody was quicker
            datasets.delete(s, owner, dataset_id)
            dropped += 1
    return dropped
