"""Connection slots: how many requests may hold a thread for long, as those that wait and uploads that arrive slowly do.

Neither can take the threads of the other, and some are always left for quick requests, so that no number of slow
clients makes the service silent.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

TIMEOUT_SECONDS: Final = 0.01


class SlotPool:
    """A number of slots, for any number of threads."""

    def __init__(self, slots: int) -> None:
        self._slots = BoundedSemaphore(slots)

    @contextmanager
    def acquire(self) -> Generator[bool]:
        """Hold a slot; False if none is free."""
        is_acquired = self._slots.acquire(timeout=TIMEOUT_SECONDS)
        try:
            yield is_acquired
        finally:
            if is_acquired:
                self._slots.release()


class ConnectionSlots:
    """The slots of one process; an eighth of its threads has none.

    Args:
        threads: how many threads answer requests.
        is_ending: whether the process is about to end; requests that wait are then answered.

    Attributes:
        waits: for waiting GETs and event streams. Without a slot they are answered at once.
        uploads: for bodies that arrive. Without a slot they are refused.
    """

    def __init__(self, threads: int, is_ending: Callable[[], bool]) -> None:
        self.is_ending = is_ending
        slots = threads - max(1, threads // 8)
        self.waits = SlotPool(slots // 2)
        self.uploads = SlotPool(slots - slots // 2)
