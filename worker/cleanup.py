"""Cleanup: deletion of orphaned files, expired idempotency keys, and jobs and datasets past their retention.

It runs periodically in the trainer that gets the hint, also on a full disk, where it may free space.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from process import logs
from store import idempotency, retention
from store.database import begin_read, begin_write, first_line
from store.errors import ForeignFiles, StorageUnavailable
from worker.context import DATABASE_UNAVAILABLE, WorkerContext

MIN_ORPHAN_AGE_SECONDS: Final = 3600.0
DAY_SECONDS: Final = 24 * 3600.0

log = logs.get_logger(__name__)


def delete_expired(context: WorkerContext) -> None:
    """Delete expired rows and files; while the database or the storage is unavailable, they wait for the next run."""
    try:
        with begin_write(context.sessions) as s:
            keys = idempotency.delete_expired(s)
        jobs = _delete_all(context, retention.delete_old_jobs, context.settings.keep_jobs_days)
        datasets = _delete_all(context, retention.delete_old_datasets, context.settings.keep_datasets_days)
        with begin_read(context.sessions) as s:
            files = retention.delete_orphans(s, context.files, MIN_ORPHAN_AGE_SECONDS)
    except (*DATABASE_UNAVAILABLE, ForeignFiles, StorageUnavailable) as error:
        log.warning("could not clean up", error=first_line(error))
    else:
        counts = {"idempotency_keys": keys, "jobs": jobs, "datasets": datasets, "files": files}
        if deleted := {kind: count for kind, count in counts.items() if count}:
            log.info("cleaned up", **deleted)


def _delete_all(context: WorkerContext, delete: Callable[[Session, float], int], days: float) -> int:
    """Delete rows older than this in batches, and return their number; 0 days: keep all."""
    total = 0
    while days and not context.shutdown:
        with begin_write(context.sessions) as s:
            deleted = delete(s, days * DAY_SECONDS)
        if not deleted:
            break
        total += deleted
    return total
