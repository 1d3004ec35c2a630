"""Turns of texts that are written at once: one computes a token at a time, and the next is who asked first.

Threads that compute at the same time fight for the interpreter's lock, by which all of them, and others' predictions,
wait for milliseconds at every step.
"""

import threading
from collections import deque
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


class Turns:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._waiting = deque[threading.Lock]()

    def __enter__(self) -> None:
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    def iterate(self, items: Iterator[T]) -> Iterator[T]:
        """Iterate over the items, each of which is computed in a turn."""
        while True:
            with self:
                item = next(items, None)
            if item is None:
                return
            yield item
