"""Room on the disk: what no work is begun without, so that what is under way and the database keep some to end with.

Without it a job that was handed back for want of room would be claimed again at once, and again.
"""

from process import logs
from store.files.files import FileStore

log = logs.get_logger(__name__)


class DiskGuard:
    """Looks whether the disk that `files` are on has at least so many bytes left, and tells when that changes."""

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
            log.info("the disk has room again", free_bytes=free)
        self._had_space = enough
        return enough
