"""Room for calls that hold a thread for long: waiting GETs, open event streams, bodies that trickle in.

Some threads are always left for quick calls, so that no number of slow clients can make the service silent.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

MOMENT: Final = 0.01


class LongCalls:
    """Counts the long calls of a process; an eighth of its threads is never theirs.

    Args:
        threads: how many threads answer calls.
        ending: whether the process is about to end; who waits for news then stops waiting.
    """

    def __init__(self, threads: int, ending: Callable[[], bool]) -> None:
        self.ending = ending
        self._places = threading.BoundedSemaphore(max(1, threads - max(1, threads // 8)))

    @contextmanager
    def one(self) -> Generator[bool]:
        """A place for one call until the block ends; False if there is none, and the call must be quick."""
        taken = self._places.acquire(timeout=MOMENT)
        try:
            yield taken
        finally:
            if taken:
                self._places.release()
