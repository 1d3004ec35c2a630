"""Flags in memory that forked processes share: set by one, read by all at once, and by a signal handler too.

No message travels, so none can be late or lost. They must be made before the fork.
"""

import mmap
from collections.abc import Generator
from contextlib import contextmanager


class ShutdownFlag:
    """True in all processes that share it once `set` was called in any of them."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Make it true; safe in a signal handler."""
        self._byte[0] = 1

    def __bool__(self) -> bool:
        return self._byte[0] == 1


class BusyFlags:
    """The busy processes of a pool, one byte each; all are until they call `mark_idle`.

    Args:
        processes: how many processes the pool has.
    """

    def __init__(self, processes: int) -> None:
        self._bytes = mmap.mmap(-1, processes)
        self._bytes[:] = b"\1" * processes

    @property
    def idle(self) -> int:
        """The number of processes that are not busy."""
        return self._bytes[:].count(b"\0")

    def mark_idle(self, index: int) -> None:
        """Note that the process of that number, counted from 0, can take work now."""
        self._bytes[index] = 0

    @contextmanager
    def busy(self, index: int) -> Generator[None]:
        """Mark the process of that number as busy while the block runs."""
        self._bytes[index] = 1
        try:
            yield
        finally:
            self._bytes[index] = 0
