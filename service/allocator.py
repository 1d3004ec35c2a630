"""What the C library does with memory that is free again: it gives large pieces back, and soon needs them anew.

The system hands out each page as zeros, at the first touch; of the time of a body with thousands of rows that is a part
worth saving.
"""

import ctypes
from contextlib import suppress
from typing import Final

# mallopt(3)
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8

KEPT_BYTES: Final = 32 * 2**20
LARGE_BYTES: Final = 8 * 2**20
ARENAS: Final = 2


def keep_freed_memory() -> None:
    """Keep so much at the end of each of a few heaps; pieces that are large still come and go alone. For glibc."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
