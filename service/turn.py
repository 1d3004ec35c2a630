"""Whose turn it is to predict a few rows: one at a time, in the order of coming, on one core of the processor.

Threads that share an interpreter compute one after the other anyway. Left to themselves they interrupt each other at
every call that lets go of the interpreter, and wake up on whichever core is idle, where nothing of what they need is in
the cache; both together double what a row costs.

A thread that is done finds the next request at once, and would pass by all those that wait for the interpreter: it
never sleeps, so the core never comes to them. Therefore each lets the others run before it gets in line. And two keep
a core busy, one that computes and one that takes in the next request; of more, those that are done rest, so that
requests wait their turn where they cost nothing. The server's own thread, which takes in requests and sends answers,
keeps to the other cores until somebody wants more than a few rows.
"""

import os
import threading
import time
from collections import deque
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

CHOSEN_SECONDS: Final = 1.0
"""So long turns are taken on one core; then the scheduler, which knows which are busy, may name another."""

ENOUGH: Final = 2
"""So many in line, with the one whose turn it is, keep the core busy."""

REST_SECONDS: Final = 0.03
"""So often one of those that rest looks whether turns are still taken."""

INHERITED: Final = -1
TOKIO: Final = "tokio-rt-worker\n"


class _Place(threading.local):
    """Where one thread may run: on the core of this number, on any (None), or wherever who started it might."""

    core: int | None = INHERITED


class Turn:
    """A fair lock, and one core for the threads that hold it in turn, on systems that allow it.

    A thread stays on that core until it leaves. Threads and processes that it starts would inherit this, so the main
    thread never comes, and nobody starts any in a turn.

    Args:
        chosen_seconds: so long turns are taken on one core.

    Attributes:
        line: who has the turn, and who waits for it, in the order of coming: a lock for each, which is let go of when
            it is their turn.
    """

    def __init__(self, chosen_seconds: float = CHOSEN_SECONDS) -> None:
        self.line: deque[threading.Lock] = deque()
        self._chosen_seconds = chosen_seconds
        self._cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else None
        self._core: int | None = None
        self._cleared: int | None = None
        self._chosen_until = 0.0
        self._place = _Place()
        self._taken = 0
        self._watching = threading.Lock()
        self._wanted = threading.Event()

    def __enter__(self) -> None:
        if self._place.core is not None:
            os.sched_yield()  # lets go of the interpreter too
        mine = threading.Lock()
        mine.acquire()
        self.line.append(mine)
        if self.line[0] is not mine:
            mine.acquire()  # whoever was before lets go of it
        if self._cores and threading.current_thread() is not threading.main_thread():
            self._come()

    def __exit__(self, *_: object) -> None:
        self._taken += 1
        self.line.popleft()
        with suppress(IndexError):
            self.line[0].release()

    @property
    def crowded(self) -> bool:
        """Whether more are in line than keep the core busy, so that one that is done could rest."""
        return len(self.line) > ENOUGH

    def rest(self) -> None:
        """Come back once this thread is wanted: another one leaves, or for a while there was no turn, for any reason.

        Of those that rest one watches, and the others wait until it went back.
        """
        with self._watching:
            taken = -1
            while taken != self._taken:
                taken = self._taken
                if self._wanted.wait(REST_SECONDS):
                    self._wanted.clear()
                    return

    def leave(self) -> None:
        """Let this thread run on any core, as it has more to do than a few rows; one that rests takes its place."""
        if self._place.core is not None:
            self._bind(None)
        self._clear(None)
        if self._watching.locked():
            self._wanted.set()

    def _come(self) -> None:
        core, now = self._place.core, time.monotonic()
        if now >= self._chosen_until:
            if core not in {None, INHERITED}:
                self._bind(None)  # when it wakes up for its next turn it will be where there is room
                return
            self._core = _core_of_this_thread()
            self._chosen_until = now + self._chosen_seconds
            self._clear(self._core)
        if core != self._core:
            self._bind(self._core)

    def _bind(self, core: int | None) -> None:
        with suppress(OSError):
            os.sched_setaffinity(0, self._cores or () if core is None else (core,))
            self._place.core = core

    def _clear(self, core: int | None) -> None:
        """Let the server's own thread keep off this core, if there are others; off none, for None."""
        if core != self._cleared and len(self._cores or ()) > 1:
            self._cleared = core
            with suppress(OSError):
                os.sched_setaffinity(_server_thread(), (self._cores or set()) - {core})


def _core_of_this_thread() -> int | None:
    """The number of the core that this thread is running on (proc_pid_stat(5), the field `processor`)."""
    with suppress(OSError, ValueError, IndexError):
        return int(_stat(Path("/proc/thread-self"))[36])
    return None


@cache
def _server_thread() -> int:
    """The id of the thread on which Granian takes in requests and sends answers.

    It is the first one of Tokio's name for such threads. Those that answer were started by it, have its name too, and
    bind themselves anew when they predict.

    Raises:
        OSError: there is no such thread.
    """
    threads = [thread for thread in Path("/proc/self/task").iterdir() if (thread / "comm").read_text() == TOKIO]
    if not threads:
        raise ProcessLookupError(TOKIO)
    return int(min(threads, key=lambda thread: (int(_stat(thread)[19]), int(thread.name))).name)


def _stat(thread: Path) -> list[str]:
    """The fields of proc_pid_stat(5) after a thread's name, which are counted from `state`."""
    return (thread / "stat").read_text().rpartition(")")[2].split()
