"""Cleanup: deletion of expired idempotency keys, and jobs and datasets past their retention; orphans go to the trash.

It runs periodically in the trainer that gets the hint, also on a full disk, where it may free space.
"""

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from process import logs
from store import idempotency, installation, predictions, retention
from store.batches import batches
from store.database import begin_read, begin_write, first_line
from store.errors import ForeignFiles, StorageUnavailable
from store.files import delete_batch_files, delete_dataset_files
from store.webhooks import deliveries
from worker.context import DATABASE_UNAVAILABLE, WorkerContext

MIN_ORPHAN_AGE_SECONDS: Final = 3600.0
MIN_UPTIME_SECONDS: Final = 3600.0
"""How long a worker has run before it moves orphans: time to notice that it has the wrong database or files."""
DAY_SECONDS: Final = 24 * 3600.0
TRASH_SECONDS: Final = 7 * DAY_SECONDS
DELIVERIES_SECONDS: Final = 30 * DAY_SECONDS
"""How long the log of a webhook goes back."""

log = logs.get_logger(__name__)


def delete_expired(context: WorkerContext) -> None:
    """Delete expired rows and files; while the database or the storage is unavailable, they wait for the next run.

    Nothing is deleted while the files do not belong to the database.
    """
    try:
        installation.bind_files(context.sessions, context.files)
        with begin_write(context.sessions) as s:
            keys = idempotency.delete_expired(s)
        jobs = _delete_old_jobs(context)
        sent = _delete_batches(context, lambda s: deliveries.delete_old(s, DELIVERIES_SECONDS))
        datasets = _delete_old_datasets(context)
        records = _delete_old_predictions(context)
        old_batches = _delete_old_batches(context)
        files = retention.empty_trash(context.files, TRASH_SECONDS)
        if time.monotonic() - context.started_at >= MIN_UPTIME_SECONDS:
            with begin_read(context.sessions) as s:
                files += retention.trash_orphans(s, context.files, MIN_ORPHAN_AGE_SECONDS)
    except (*DATABASE_UNAVAILABLE, ForeignFiles, StorageUnavailable) as error:
        log.warning("could not clean up", error=first_line(error))
    else:
        counts = {
            "idempotency_keys": keys,
            "jobs": jobs,
            "deliveries": sent,
            "predictions": records,
            "batches": old_batches,
        }
        counts |= {"datasets": datasets, "files": files}
        if changed := {kind: count for kind, count in counts.items() if count}:
            log.info("cleaned up", **changed)


def _delete_old_jobs(context: WorkerContext) -> int:
    """Delete jobs past their retention, and return their number; 0 days: keep all."""
    seconds = context.settings.keep_jobs_days * DAY_SECONDS
    return _delete_batches(context, lambda s: retention.delete_old_jobs(s, seconds)) if seconds else 0


def _delete_batches(context: WorkerContext, delete_batch: Callable[[Session], int]) -> int:
    """Delete rows in batches, each in a transaction of its own, and return their number."""
    total = 0
    while not context.shutdown:
        with begin_write(context.sessions) as s:
            deleted = delete_batch(s)
        if not deleted:
            break
        total += deleted
    return total


def _delete_old_predictions(context: WorkerContext) -> int:
    """Delete recorded predictions past their retention, and return their number; 0 days: keep all."""
    seconds = context.settings.monitoring_days * DAY_SECONDS
    return _delete_batches(context, lambda s: predictions.delete_old(s, seconds)) if seconds else 0


def _delete_old_batches(context: WorkerContext) -> int:
    """Delete batches past their retention with their output, and return their number; 0 days: keep all."""
    seconds = context.settings.keep_batches_days * DAY_SECONDS

    def delete_batch(s: Session) -> int:
        deleted = batches.delete_old(s, seconds)
        for batch_id in deleted:  # should the transaction fail, the batch has ended and nobody else needs its files
            delete_batch_files(context.files, batch_id)
        return len(deleted)

    return _delete_batches(context, delete_batch) if seconds else 0


def _delete_old_datasets(context: WorkerContext) -> int:
    """Delete datasets past their retention with their files, and return their number; 0 days: keep all."""
    total, seconds = 0, context.settings.keep_datasets_days * DAY_SECONDS
    while seconds and not context.shutdown:
        with begin_write(context.sessions) as s:
            deleted = retention.delete_old_datasets(s, seconds)
        if not deleted:
            break
        for dataset_id in deleted:
            delete_dataset_files(context.files, dataset_id)
        total += len(deleted)
    return total
