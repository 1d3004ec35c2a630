"""The folder in which the processes of one service count metrics, so that each of them can answer for all.

Prometheus' client chooses where to count when it is loaded; so the folder is set before, and this does not load it.
"""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
PREFIX: Final = "gradus-counts-"


@contextmanager
def shared_counts() -> Generator[None]:
    """Let the processes started in this block count together, in a folder that is deleted at its end.

    A killed service cannot delete its folder, so the next one does: a living one holds a lock on its folder.
    """
    for abandoned in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            _remove_unless_locked(abandoned)
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]
            os.close(lock)


def _remove_unless_locked(folder: Path) -> None:
    """Raises OSError if the folder is locked, or belongs to another user."""
    lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(lock)
