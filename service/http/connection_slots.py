"""Room for calls that hold a thread for long: those that watch something, and those whose bodies trickle in.

Neither can take the threads of the other, and some are always left for quick calls, so that no number of slow clients
makes the service silent.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from typing import Final

MOMENT: Final = 0.01


class ConnectionSlots:
    """Counts the long calls of a process; an eighth of its threads is never theirs.

    Args:
        threads: how many threads answer calls.
        ending: whether the process is about to end; who watches then stops.
    """

    def __init__(self, threads: int, ending: Callable[[], bool]) -> None:
        self.is_ending = ending
        for_long = threads - max(1, threads // 8)
        watching = for_long // 2
        self._watching = _places(watching)
        self._sending = _places(for_long - watching)

    def wait_slot(self) -> AbstractContextManager[bool]:
        """A place for a waiting GET or an event stream; False if there is none, and the call must be quick."""
        return _Place(self._watching)

    def upload_slot(self) -> AbstractContextManager[bool]:
        """A place for a body that arrives; False if there is none, and the call must be refused."""
        return _Place(self._sending)


def _places(number: int) -> SimpleQueue[None]:
    """So many places: a queue of them, which costs a quick call less than a semaphore, as none of it is Python."""
    places = SimpleQueue[None]()
    for _ in range(number):
        places.put(None)
    return places


class _Place(AbstractContextManager[bool]):
    """One of so many places, if it can be had within a moment; given back at the end."""

    def __init__(self, places: SimpleQueue[None]) -> None:
        self._places = places
        self._taken = False

    def __enter__(self) -> bool:
        try:
            self._places.get(timeout=MOMENT)
            self._taken = True
        except Empty:
            pass
        return self._taken

    def __exit__(self, *_: object) -> None:
        if self._taken:
            self._places.put(None)
