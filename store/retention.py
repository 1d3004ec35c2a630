"""Retention: deletes ended jobs and unused datasets, and moves orphans, files that no row names, to the trash.

Rows are deleted in small batches, each in a transaction of its own, so that writers do not wait for it. A row whose
file is missing is only reported, since only a backup can bring a file back.
"""

import time
from contextlib import suppress
from typing import Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from contract.states import TERMINAL
from store import datasets
from store.database import execute_and_count, now
from store.errors import FileNotFound, InUse, NotFound
from store.files import (
    BATCHES_PREFIX,
    CHECKPOINTS_PREFIX,
    DATASETS_PREFIX,
    TRASH_PREFIX,
    original_key,
    table_key,
    trash_key,
)
from store.files.files import FileStore
from store.tables import BatchRow, CheckpointRow, DatasetRow, JobRow

BATCH_ROWS: Final = 100


def delete_old_jobs(s: Session, older_than_seconds: float) -> int:
    """Delete up to BATCH_ROWS jobs of all owners that ended longer ago, and count them. Their models remain.

    The nets of an ensemble are deleted with it.
    """
    ended = (JobRow.ensemble_id.is_(None), JobRow.status.in_(TERMINAL), JobRow.finished_at < now() - older_than_seconds)
    some = select(JobRow.id).where(*ended).limit(BATCH_ROWS)
    return execute_and_count(s, sql_delete(JobRow).where(JobRow.id.in_(some), *ended))


def delete_old_datasets(s: Session, older_than_seconds: float) -> list[str]:
    """Delete up to BATCH_ROWS datasets, uploaded longer ago, that no job has used since, and return their ids.

    Their models remain. Their files are the caller's to delete, after commit.
    """
    cutoff = now() - older_than_seconds
    recent = or_(JobRow.status.not_in(TERMINAL), JobRow.finished_at >= cutoff)
    used = exists().where(JobRow.owner == DatasetRow.owner, JobRow.dataset_id == DatasetRow.id, recent)
    unused = (DatasetRow.status != "processing", DatasetRow.created_at < cutoff, ~used)
    deleted: list[str] = []
    for dataset_id, owner in s.execute(select(DatasetRow.id, DatasetRow.owner).where(*unused).limit(BATCH_ROWS)).all():
        with suppress(NotFound, InUse):  # deleted or used by another request meanwhile
            datasets.delete(s, owner, dataset_id)
            deleted.append(dataset_id)
    return deleted


def trash_orphans(s: Session, files: FileStore, older_than_seconds: float) -> int:
    """Delete partial files, move files that no row names to the trash, and count both.

    Younger ones stay, since a file is written before the row that names it. The files must belong to the database, see
    `store.installation`: to another one each is an orphan.
    """
    deleted = files.delete_parts(older_than_seconds)
    for key in list_unreferenced(s, files, older_than_seconds):
        files.move(key, trash_key(key, _format_day(time.time())))
        deleted += 1
    return deleted


def empty_trash(files: FileStore, older_than_seconds: float) -> int:
    """Delete files that were moved to the trash longer ago, by whole days, and count them."""
    first_kept = _format_day(time.time() - older_than_seconds)
    expired = [key for key in files.list_keys(TRASH_PREFIX) if key.split("/")[1] < first_kept]
    for key in expired:
        files.delete(key)
    return len(expired)


def list_unreferenced(s: Session, files: FileStore, older_than_seconds: float) -> list[str]:
    """The keys of older files that no dataset, batch or checkpoint names."""
    of_datasets, of_jobs = list(files.list_keys(DATASETS_PREFIX)), list(files.list_keys(CHECKPOINTS_PREFIX))
    batch_ids = set(s.scalars(select(BatchRow.id)))
    dataset_ids, checkpoints = set(s.scalars(select(DatasetRow.id))), set(s.scalars(select(CheckpointRow.key)))
    lost = [key for key in of_datasets if key.split("/")[1] not in dataset_ids]
    lost += [key for key in files.list_keys(BATCHES_PREFIX) if key.split("/")[1] not in batch_ids]
    found: list[str] = []
    for key in [*lost, *(key for key in of_jobs if key not in checkpoints)]:
        with suppress(FileNotFound):
            if time.time() - files.stat(key).modified_at > older_than_seconds:
                found.append(key)
    return found


def list_missing(s: Session, files: FileStore) -> list[str]:
    """The keys of files that a dataset needs and that are missing."""
    there = set(files.list_keys(DATASETS_PREFIX))
    needed = [
        key_of(dataset_id)
        for dataset_id, status in s.execute(select(DatasetRow.id, DatasetRow.status).order_by(DatasetRow.id))
        for key_of in ((original_key, table_key) if status == "ready" else (original_key,))
        if status != "failed"
    ]
    return [key for key in needed if key not in there]


def _format_day(seconds: float) -> str:
    return time.strftime("%Y%m%d", time.gmtime(seconds))
