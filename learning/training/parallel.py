"""Parallel training: worker processes share every step, each with its rows of the batch and shard of parameters.

The parameters lie in memory that all of them see, and a step has two barriers: when all gradients are there, and when
all parameters are updated. Sums are added in a fixed order, so that the same number of workers gives the same bits.
"""

import contextlib
import gc
import math
import mmap
import os
import platform
import signal
import struct
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.nn.backpropagation import Backpropagation
from learning.nn.plan import Operation
from learning.optim.optimizer import ParameterUpdater
from learning.training.train_step import StepState, TrainStep, clip_gradients

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

    def run_block(self, epoch: int, start: int, learning_rate: float) -> tuple[float, float]:
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

    def run_block(self, epoch: int, start: int, learning_rate: float) -> tuple[float, float]:
        """Have all hands go through a block; all of it is done when this returns."""
        assignment = _ASSIGNMENT.pack(epoch, start, learning_rate)
        for pipe in self._others.values():
            with contextlib.suppress(BrokenPipeError):  # found out when they should meet
                os.write(pipe, assignment)
        return self._first.run_block(epoch, start, learning_rate)

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


class ShardedStep(TrainStep):
    """One worker's share of the steps: its rows of every batch, and its shard of the parameters to update.

    Each worker fills gradients of its own from its rows; then it adds up all workers' gradients of its shard, in a
    fixed order, and updates that.
    """

    def __init__(self, state: StepState, memory: "SharedMemory", number: int, barrier: Barrier) -> None:
        self.memory, self.number, self.workers = memory, number, len(memory.gradients)
        self.barrier = barrier
        shard = self._shard(state.net.parameter_count)
        self.parameters, self.before = state.net.parameters[shard], state.before[shard]
        self.total = memory.gradients[0, shard]
        self.others = [gradients[shard] for gradients in memory.gradients[1:]]
        decay = None if state.decay is None else state.decay[shard]
        self.updater = ParameterUpdater(state.optimizer, self.parameters, self.total, decay, state.memory[:, shard])
        self.batch_shard = self._shard(state.batch_size)
        self.last_shard = self._shard(len(state.rows) % state.batch_size)
        sizes = [part.stop - part.start for part in (self.batch_shard, self.last_shard)]
        self._plan(state, memory.gradients[number], *sizes)

    def run_block(self, epoch: int, start: int, learning_rate: float) -> tuple[float, float]:
        """Take the steps of a block in time with the other workers, and return what all of them came to."""
        memory = self.memory
        with np.errstate(all="ignore"):
            purpose = f"dropout from row {{}} by hand {self.number}"
            memory.losses[self.number] = self._train_block(epoch, start, learning_rate, purpose)
            self.barrier()
            squares = memory.squares[:, : self.state.count_block_batches(start)]
            return float(memory.losses.sum()), float(np.sqrt(squares.sum(axis=0)).sum(dtype=np.float64))

    def _plan_step(self, backpropagation: Backpropagation, batch: int, start: int) -> list[Operation]:
        """Plan a batch, and how the workers' gradients are added up, measured and clipped."""
        total, squares, clip = self.total, self.memory.squares[:, batch], self.state.clip
        step = [*backpropagation.plan_step(self.buffer.view_batch(start, backpropagation.rows)), self.barrier]
        step += [partial(np.add, total, other, total) for other in self.others]
        step.append(partial(total.dot, total, squares[self.number, ...]))
        if clip < math.inf:
            step += [self.barrier, partial(clip_gradients, total, squares, clip)]
        return step

    def _select_rows(self, indices: NDArray[np.intp], full: int, rest: int) -> NDArray[np.intp]:
        """Return this worker's rows of each batch."""
        batches = indices[: len(indices) - rest].reshape(full, self.state.batch_size)
        own = batches[:, self.batch_shard].reshape(-1)
        return np.concatenate([own, indices[len(indices) - rest :][self.last_shard]]) if rest else own

    def _update(self, learning_rate: float) -> None:
        super()._update(learning_rate)
        self.barrier()

    def _shard(self, count: int) -> slice:
        """Return which of `count` rows or parameters are this worker's."""
        return slice(count * self.number // self.workers, count * (self.number + 1) // self.workers)


@dataclass(frozen=True)
class SharedMemory:
    """What workers exchange.

    Attributes:
        gradients: Each worker's gradients (workers, n), of its rows of the batch.
        squares: The squared lengths of each batch's gradients, by shard (workers, batches of a block).
        losses: The sum of the block's losses, by worker (workers,).
    """

    gradients: NDArray[np.floating]
    squares: NDArray[np.floating]
    losses: NDArray[np.floating]


def start_steps(state: StepState, workers: int) -> AbstractContextManager["TrainStep | WorkerGroup"]:
    """Return what runs the blocks of a training: one `TrainStep`, or a group of workers that share each step."""
    if workers == 1:
        return contextlib.nullcontext(TrainStep(state))
    dtype = state.net.dtype
    memory = SharedMemory(
        gradients=create_shared_zeros((workers, state.net.parameter_count), dtype),
        squares=create_shared_zeros((workers, -(-state.block_rows // state.batch_size)), dtype),
        losses=create_shared_zeros((workers,), np.float64),
    )
    return WorkerGroup(workers, partial(ShardedStep, state, memory))
