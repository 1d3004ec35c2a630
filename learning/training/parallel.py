"""Hands: processes that share the work of every step, each on its part of the batch and of the weights.

They have the weights in memory that all of them see, and wait for each other twice in a step: when all gradients are
there, and when all weights are moved. What each does, and in which order its numbers are added, never depends on who
is faster, so that the same number of hands always gives the same bits.
"""

import contextlib
import gc
import mmap
import os
import platform
import signal
import struct
import sys
import time
import warnings
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError

MIN_WORKER_ROWS: Final = 64
MIN_WORKER_PRODUCTS: Final = 2**21
"""A hand is worth its company if it has so many rows of each batch, and so many weights times rows to multiply: with
fewer rows, passing gradients and weights from hand to hand takes as long as the products that are saved."""

SUPPORTED: Final = sys.platform == "linux" and platform.machine() == "x86_64"
"""Whether hands can be had: they need fork, and a processor on which what was written first is seen first."""

SPIN_ITERATIONS: Final = 2000
SPIN_SLEEP_SECONDS: Final = 0.00002
"""How often a hand looks for the others, some 0.1 ms, before it naps between looks and lets another process have its
core: on a busy machine that may be the very hand that it waits for."""

CACHE_LINE_BYTES: Final = 64

_ASSIGNMENT = struct.Struct("qqd")


def choose_worker_count(parameters: int, batch_size: int, cores: int) -> int:
    """Return how many hands train a net of so many parameters fastest; it follows from these three numbers alone."""
    most = min(cores, batch_size // MIN_WORKER_ROWS, parameters * batch_size // MIN_WORKER_PRODUCTS)
    return max(most, 1) if SUPPORTED else 1


def create_shared_zeros(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[np.floating]:
    """Return zeros in memory that processes forked from this one share with it; each row begins on a cache line."""
    *rows, width = shape
    line = CACHE_LINE_BYTES // np.dtype(dtype).itemsize
    whole = (*rows, max(-(-width // line), 1) * line)
    memory = mmap.mmap(-1, max(int(np.prod(whole)), 1) * np.dtype(dtype).itemsize)
    return np.frombuffer(memory, dtype, int(np.prod(whole))).reshape(whole)[..., :width]


class Worker(Protocol):
    """What works: it goes through its part of the block of an epoch that starts at a row, at a learning rate."""

    def run_block(self, epoch: int, start: int, learning_rate: float) -> None:
        """Do it, in step with the other hands."""
        ...


Barrier = Callable[[], None]
"""Waits until all hands have called it as often."""


class WorkerGroup:
    """So many hands: this process is hand 0, the others are forked from it and end with it.

    Args:
        count: How many.
        make: Makes hand `number`, in its own process, of how it meets the others.

    Raises:
        LearningError: from `descend`, if one of the processes was ended by somebody.
    """

    def __init__(self, count: int, make: Callable[[int, Barrier], Worker]) -> None:
        self.count = count
        self._arrivals = memoryview(mmap.mmap(-1, CACHE_LINE_BYTES * count)).cast("q")
        self._others: dict[int, int] = {}  # by process id, the pipe that tells it what to do
        parent = os.getpid()
        try:
            for number in range(1, count):
                self._fork(number, make, parent)
            self._first = make(0, self._create_barrier(0, self._all_alive))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "WorkerGroup":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run_block(self, epoch: int, start: int, learning_rate: float) -> None:
        """Have all hands go through a block; all of it is done when this returns."""
        assignment = _ASSIGNMENT.pack(epoch, start, learning_rate)
        for pipe in self._others.values():
            with contextlib.suppress(BrokenPipeError):  # found out when they should meet
                os.write(pipe, assignment)
        self._first.run_block(epoch, start, learning_rate)

    def close(self) -> None:
        """End the other processes."""
        while self._others:
            process, pipe = self._others.popitem()
            os.close(pipe)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)

    def _fork(self, number: int, make: Callable[[int, Barrier], Worker], parent: int) -> None:
        reading, writing = os.pipe()
        with warnings.catch_warnings():  # that other threads might hold locks: none that a hand needs
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process:
            os.close(reading)
            self._others[process] = writing
            return
        try:
            gc.disable()  # what this process owned is its parent's to clean up
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN if name == signal.SIGINT else signal.SIG_DFL)
            os.dup2(reading, 3)
            os.closerange(4, os.sysconf("SC_OPEN_MAX"))
            hand = make(number, self._create_barrier(number, lambda: os.getppid() == parent))
            while assignment := os.read(3, _ASSIGNMENT.size):
                hand.run_block(*_ASSIGNMENT.unpack(assignment))
        finally:
            os._exit(0)

    def _create_barrier(self, number: int, others_alive: Callable[[], bool]) -> Barrier:
        """Return how hand `number` meets the others: it looks at their counts of meetings until they reach its own."""
        arrivals, mine = self._arrivals, number * CACHE_LINE_BYTES // 8
        others = [other * CACHE_LINE_BYTES // 8 for other in range(self.count) if other != number]

        def meet() -> None:
            arrivals[mine] = count = arrivals[mine] + 1
            for other in others:
                looks = 0
                while arrivals[other] < count:
                    looks += 1
                    if looks > SPIN_ITERATIONS:
                        time.sleep(SPIN_SLEEP_SECONDS)
                        if not others_alive():
                            raise LearningError("A process that helped to train was ended from outside.", "Try again.")

        return meet

    def _all_alive(self) -> bool:
        return all(os.waitpid(process, os.WNOHANG) == (0, 0) for process in self._others)
