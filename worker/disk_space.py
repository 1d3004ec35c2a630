"""Free disk space, without which no work begins: jobs under way and the database keep some to end with.

Otherwise a job that was handed back because the disk is full would be claimed again at once, and again.
"""

from process import logs
from store.files.files import FileStore

log = logs.get_logger(__name__)


class DiskGuard:
    """Checks that the disk of `files` has at least `min_free_bytes` left, and logs when that changes."""

    def __init__(self, files: FileStore, min_free_bytes: int) -> None:
        self._files = files
        self._min_free_bytes = min_free_bytes
        self._had_space = True

    def has_space(self) -> bool:
        """Whether work may begin or go on."""
        free = self._files.free_bytes()
        enough = free >= self._min_free_bytes
        if self._had_space and not enough:
            log.warning("disk full, work waits", free_bytes=free, least=self._min_free_bytes)
        elif enough and not self._had_space:
            log.info("the disk has space again", free_bytes=free)
        self._had_space = enough
        return enough
