"""Makes a new trainer ready, so that its first job begins at once: what jobs need is loaded, and used once.

Imports, the first query and the first plan of polars take a second together, which would be waited for by a person.
"""

from store import jobs
from worker import logs
from worker.workplace import DATABASE_AWAY, Workplace, headline

log = logs.logger(__name__)


def warm(workplace: Workplace) -> None:
    """Use once what the first job would use."""
    try:
        workplace.read(jobs.claimable)
    except DATABASE_AWAY as error:
        log.warning("database away", error=headline(error))
