"""Room for calls that hold a thread for long: those that watch something, and those whose bodies trickle in.

Neither can take the threads of the other, and some are always left for quick calls, so that no number of slow clients
makes the service silent.
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
        ending: whether the process is about to end; who watches then stops.
    """

    def __init__(self, threads: int, ending: Callable[[], bool]) -> None:
        self.ending = ending
        for_long = threads - max(1, threads // 8)
        watching = for_long // 2
        self._watching = threading.Semaphore(watching)
        self._sending = threading.Semaphore(for_long - watching)

    @contextmanager
    def watching(self) -> Generator[bool]:
        """A place for a waiting GET or an event stream; False if there is none, and the call must be quick."""
        with _place(self._watching) as taken:
            yield taken

    @contextmanager
    def sending(self) -> Generator[bool]:
        """A place for a body that arrives; False if there is none, and the call must be refused."""
        with _place(self._sending) as taken:
            yield taken


@contextmanager
def _place(places: threading.Semaphore) -> Generator[bool]:
    taken = places.acquire(timeout=MOMENT)
    try:
        yield taken
    finally:
        if taken:
            places.release()
