"""Connection slots: limits of the threads that long requests hold, which are waiting requests and slow uploads.

Neither kind can take the threads of the other, and some threads are always left for quick requests, so slow clients
cannot block the service.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

TIMEOUT_SECONDS: Final = 0.01


class SlotPool:
    """A bounded number of slots; thread-safe."""

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
    """The slots of one process, for all but an eighth of its threads.

    Args:
        threads: the number of threads that answer requests.
        is_ending: whether the process is shutting down; waiting requests are then answered.

    Attributes:
        waits: for waiting GETs and event streams, which are answered at once without a slot.
        uploads: for request bodies, which are refused without a slot.
    """

    def __init__(self, threads: int, is_ending: Callable[[], bool]) -> None:
        self.is_ending = is_ending
        slots = threads - max(1, threads // 8)
        self.waits = SlotPool(slots // 2)
        self.uploads = SlotPool(slots - slots // 2)
