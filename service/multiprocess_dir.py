"""Where the processes of one service keep what they count, so that whichever of them is asked can answer for all.

Prometheus' client chooses where to count when it is loaded; so this is named before, and does not load it.
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
    """Let the processes started in this block count together; what they counted is forgotten at its end.

    Those that were killed cannot clean up; whoever starts next does, as each holds a lock on its folder while it lives.
    """
    for left in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            _remove_unless_locked(left)
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
    """Raises OSError if it is held, or not ours."""
    lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(lock)


def find_folder() -> str | None:
    """Where this process counts together with others; None if it counts alone."""
    return os.environ.get(VARIABLE)
