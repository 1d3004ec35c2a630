"""Memory that is free and that glibc's allocator keeps, given back to the system when large requests are over.

A freed block lies between blocks in use, so that without this a process keeps most of what its largest requests took.
"""

import ctypes
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

PAUSE_SECONDS: Final = 5.0
MIN_GROWTH: Final = 2**25
"""The growth of memory since the last time, from which on it is looked for free pages."""

_STATM: Final = Path("/proc/self/statm")


def find_trim() -> Callable[[], object] | None:
    """The function that gives free pages back (malloc_trim(3)); None without glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return None if trim is None or not _STATM.exists() else lambda: trim(ctypes.c_size_t(0))


def read_resident() -> int:
    """The bytes of memory that this process has."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class MemoryTrimmer:
    """Gives free memory back whenever the process has grown by MIN_GROWTH since the last time.

    Args:
        trim: Gives free pages back.
        measure: The bytes of memory now.
    """

    def __init__(self, trim: Callable[[], object], measure: Callable[[], int] = read_resident) -> None:
        self._trim = trim
        self._measure = measure
        self._least = measure()

    def run(self) -> None:
        """Look every few seconds, without an end."""
        while True:
            time.sleep(PAUSE_SECONDS)
            self.look()

    def look(self) -> None:
        """Give memory back if the process has grown."""
        resident = self._measure()
        if resident - self._least >= MIN_GROWTH:
            gc.collect()  # an error that was answered may hold the body of its request in a cycle
            self._trim()
            self._least = self._measure()
        self._least = min(self._least, resident)
