"""Sweeping what crashes left among the files, now and then, by whichever trainer hears of it first."""

from typing import Final

from store import leftovers
from store.database import headline
from store.errors import StorageAway
from worker.process import logs
from worker.workplace import DATABASE_AWAY, Workplace

LEFTOVER_SECONDS: Final = 3600.0

log = logs.logger(__name__)


def run(workplace: Workplace) -> None:
    """Delete what is old enough; if the database or the storage is away, that waits for the next time."""
    try:
        swept = workplace.read(lambda s: leftovers.sweep(s, workplace.files, LEFTOVER_SECONDS))
    except (*DATABASE_AWAY, StorageAway) as error:
        log.warning("could not sweep", error=headline(error))
    else:
        if swept:
            log.info("swept", files=swept)
