"""Sweeping what nobody needs any more, now and then, by whichever trainer hears of it first.

That is what crashes left among the files, keys of requests that were answered long ago, and what is older than the
operator wishes to keep. It is done on a full disk too, which it may help.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from process import logs
from store import idempotency, retention
from store.database import first_line
from store.errors import StorageUnavailable
from store.files import orphans
from worker.context import DATABASE_UNAVAILABLE, WorkerContext

MIN_ORPHAN_AGE_SECONDS: Final = 3600.0
DAY_SECONDS: Final = 24 * 3600.0

log = logs.get_logger(__name__)


def delete_expired(context: WorkerContext) -> None:
    """Delete what is old enough; if the database or the storage is away, that waits for the next time."""
    try:
        found = {
            "idempotency_keys": context.write(idempotency.delete_expired),
            "jobs": _drop_all(context, retention.delete_old_jobs, context.keep_jobs_days),
            "datasets": _drop_all(context, retention.delete_old_datasets, context.keep_datasets_days),
            "files": context.read(lambda s: orphans.delete_orphans(s, context.files, MIN_ORPHAN_AGE_SECONDS)),
        }
    except (*DATABASE_UNAVAILABLE, StorageUnavailable) as error:
        log.warning("could not sweep", error=first_line(error))
    else:
        if swept := {kind: count for kind, count in found.items() if count}:
            log.info("swept", **swept)


def _drop_all(context: WorkerContext, drop: Callable[[Session, float], int], days: float) -> int:
    """How many were dropped, a few at a time until none is left; none if all are to be kept."""
    total = 0
    while days and not context.shutdown and (dropped := context.write(lambda s: drop(s, days * DAY_SECONDS))):
        total += dropped
    return total
