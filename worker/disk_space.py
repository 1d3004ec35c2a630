"""Room on the disk: what no work is begun without, so that what is under way and the database keep some to end with.

Without it a job that was handed back for want of room would be claimed again at once, and again.
"""

from process import logs
from store.files.files import Files

log = logs.logger(__name__)


class Room:
    """Looks whether the disk that `files` are on has at least so many bytes left, and tells when that changes."""

    def __init__(self, files: Files, min_free_bytes: int) -> None:
        self._files = files
        self._least = min_free_bytes
        self._was_enough = True

    def enough(self) -> bool:
        """Whether work may begin or go on."""
        free = self._files.free_bytes()
        enough = free >= self._least
        if self._was_enough and not enough:
            log.warning("disk full, work waits", free_bytes=free, least=self._least)
        elif enough and not self._was_enough:
            log.info("the disk has room again", free_bytes=free)
        self._was_enough = enough
        return enough
