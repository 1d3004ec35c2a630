"""Cleanup, now and then, by whichever trainer gets the hint.

Deleted are files without a row, which crashes leave behind, idempotency keys that have expired, and jobs and datasets
older than the operator keeps them. It is done on a full disk too, which it may help.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from process import logs
from store import idempotency, retention
from store.database import begin_read, begin_write, first_line
from store.errors import StorageUnavailable
from worker.context import DATABASE_UNAVAILABLE, WorkerContext

MIN_ORPHAN_AGE_SECONDS: Final = 3600.0
DAY_SECONDS: Final = 24 * 3600.0

log = logs.get_logger(__name__)


def delete_expired(context: WorkerContext) -> None:
    """Delete what is old enough; while the database or the storage is unavailable, that waits for the next time."""
    try:
        with begin_write(context.sessions) as s:
            keys = idempotency.delete_expired(s)
        jobs = _delete_all(context, retention.delete_old_jobs, context.settings.keep_jobs_days)
        datasets = _delete_all(context, retention.delete_old_datasets, context.settings.keep_datasets_days)
        with begin_read(context.sessions) as s:
            files = retention.delete_orphans(s, context.files, MIN_ORPHAN_AGE_SECONDS)
    except (*DATABASE_UNAVAILABLE, StorageUnavailable) as error:
        log.warning("could not clean up", error=first_line(error))
    else:
        counts = {"idempotency_keys": keys, "jobs": jobs, "datasets": datasets, "files": files}
        if deleted := {kind: count for kind, count in counts.items() if count}:
            log.info("cleaned up", **deleted)


def _delete_all(context: WorkerContext, delete: Callable[[Session, float], int], days: float) -> int:
    """Delete a few rows at a time until none is left; returns how many. 0 days: all are kept."""
    total = 0
    while days and not context.shutdown:
        with begin_write(context.sessions) as s:
            deleted = delete(s, days * DAY_SECONDS)
        if not deleted:
            break
        total += deleted
    return total
