"""`python -m tests.scratch`: the folder for what tests write, in memory where there is enough of it."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
MIN_FREE_BYTES: Final = 4 * 2**30


def scratch_parent() -> Path:
    """The folder in memory if it is writable and has room, else the system's own for temporary files."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MIN_FREE_BYTES:
        return MEMORY
    return Path(tempfile.gettempdir())


if __name__ == "__main__":
    print(scratch_parent())  # noqa: T201 - the Makefile reads it
