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
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.nn.layers.embedding import AnyLookups
from learning.nn.plan import Operation
from learning.optim.matrices import cut_shards, find_within
from learning.optim.optimizer import ParameterUpdater
from learning.training.train_step import BatchPlan, StepState, TrainStep, clip_gradients

MIN_WORKER_ROWS: Final = 64
MIN_WORKER_PRODUCTS: Final = 2**21
"""The minimum rows and multiplications of a batch per worker: with fewer, exchanging gradients and parameters takes as
long as the products that are saved."""

MIN_WORKER_PICTURES: Final = 16
"""The same for nets that see pictures, which multiply at every place of each."""

SUPPORTED: Final = sys.platform == "linux" and platform.machine() == "x86_64"
"""Parallel training needs fork, and a processor whose stores become visible in their order."""

SPIN_ITERATIONS: Final = 2000
SPIN_SLEEP_SECONDS: Final = 0.00002
"""Polls of a barrier, some 0.1 ms, before a worker sleeps between polls and yields its core: on a busy machine another
worker may need it."""

CACHE_LINE_BYTES: Final = 64

_ASSIGNMENT = struct.Struct("qqd")


def choose_worker_count(products: int, batch_size: int, cores: int, *, sees_pictures: bool = False) -> int:
    """Return the number of workers that train a net fastest, a function of what is given alone.

    `products` is how often it multiplies in a forward pass of a row.
    """
    min_rows = MIN_WORKER_PICTURES if sees_pictures else MIN_WORKER_ROWS
    workers = min(cores, batch_size // min_rows, products * batch_size // MIN_WORKER_PRODUCTS)
    return max(workers, 1) if SUPPORTED else 1


def create_shared_zeros(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return zeros in memory shared with processes forked from this one; each row begins on a cache line."""
    *rows, width = shape
    line = CACHE_LINE_BYTES // np.dtype(dtype).itemsize
    whole = (*rows, max(-(-width // line), 1) * line)
    memory = mmap.mmap(-1, max(int(np.prod(whole)), 1) * np.dtype(dtype).itemsize)
    return np.frombuffer(memory, dtype, int(np.prod(whole))).reshape(whole)[..., :width]


class Worker(Protocol):
    """One worker's share of a training."""

    def run_block(self, epoch: int, start: int, learning_rate: float) -> tuple[float, float]:
        """Train on its share of the block that starts at a row of the epoch."""
        ...


Barrier = Callable[[], None]
"""Waits until all workers have called it as often."""


class WorkerGroup:
    """A group of workers: this process is worker 0, the others are forked from it and end with it.

    Args:
        count: The number of workers.
        create_worker: Creates a worker from its number and barrier, in its own process.

    Raises:
        LearningError: from `run_block`, if one of the processes was killed.
    """

    def __init__(self, count: int, create_worker: Callable[[int, Barrier], Worker]) -> None:
        self.count = count
        self._arrivals = memoryview(mmap.mmap(-1, CACHE_LINE_BYTES * count)).cast("q")
        self._others: dict[int, int] = {}  # the pipe of each process for its assignments
        parent = os.getpid()
        try:
            for number in range(1, count):
                self._fork(number, create_worker, parent)
            self._first = create_worker(0, self._create_barrier(0, self._all_alive))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "WorkerGroup":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run_block(self, epoch: int, start: int, learning_rate: float) -> tuple[float, float]:
        """Train all workers on a block, to its end."""
        assignment = _ASSIGNMENT.pack(epoch, start, learning_rate)
        for pipe in self._others.values():
            with contextlib.suppress(BrokenPipeError):  # the barrier reports it
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

    def _fork(self, number: int, create_worker: Callable[[int, Barrier], Worker], parent: int) -> None:
        reading, writing = os.pipe()
        with warnings.catch_warnings():  # of locks of other threads: no worker needs one
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process:
            os.close(reading)
            self._others[process] = writing
            return
        try:
            gc.disable()  # objects of the parent are not finalized here
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN if name == signal.SIGINT else signal.SIG_DFL)
            os.dup2(reading, 3)
            os.closerange(4, os.sysconf("SC_OPEN_MAX"))
            worker = create_worker(number, self._create_barrier(number, lambda: os.getppid() == parent))
            while assignment := os.read(3, _ASSIGNMENT.size):
                worker.run_block(*_ASSIGNMENT.unpack(assignment))
        finally:
            os._exit(0)

    def _create_barrier(self, number: int, others_alive: Callable[[], bool]) -> Barrier:
        """Create a worker's barrier, which polls the others' counts of arrivals until they reach its own."""
        arrivals, mine = self._arrivals, number * CACHE_LINE_BYTES // 8
        others = [other * CACHE_LINE_BYTES // 8 for other in range(self.count) if other != number]

        def wait() -> None:
            arrivals[mine] = count = arrivals[mine] + 1
            for other in others:
                polls = 0
                while arrivals[other] < count:
                    polls += 1
                    if polls > SPIN_ITERATIONS:
                        time.sleep(SPIN_SLEEP_SECONDS)
                        if not others_alive():
                            raise LearningError("A process that helped to train was ended from outside.", "Try again.")

        return wait

    def _all_alive(self) -> bool:
        return all(os.waitpid(process, os.WNOHANG) == (0, 0) for process in self._others)


class ShardedStep(TrainStep):
    """One worker's share of the steps: its rows of every batch, and its shard of the parameters to update.

    Each worker fills gradients of its own from its rows; then it adds up all workers' gradients of its shard, in a
    fixed order, and updates that. Of embeddings all see what the batch looked up, and each has its share of the ids.
    """

    def __init__(self, state: StepState, memory: "SharedMemory", number: int, barrier: Barrier) -> None:
        self.memory, self.number, self.workers = memory, number, len(memory.gradients)
        self.barrier = barrier
        shard = cut_shards(state.net.layer_parameter_count, self.workers, state.matrices)[number]
        self.parameters, self.before = state.net.parameters[shard], state.before[shard]
        self.total = memory.gradients[0, shard]
        self.others = [gradients[shard] for gradients in memory.gradients[1:]]
        decay = None if state.decay is None else state.decay[shard]
        own_matrices = find_within(state.matrices, shard)
        self.updater = ParameterUpdater(
            state.optimizer, self.parameters, self.total, decay, state.memory[:, shard], matrices=own_matrices
        )
        self.row_updaters = self._create_row_updaters(state)
        for gradient, lookups in zip(state.net.table_gradients, memory.lookups, strict=True):
            gradient.reserve(lookups.count)
        self.batch_shard = self._shard(state.batch_size)
        self.last_shard = self._shard(len(state.rows) % state.batch_size)
        sizes = [part.stop - part.start for part in (self.batch_shard, self.last_shard)]
        own = [each.cut(self.batch_shard) for each in memory.lookups]
        own_of_last = [each.cut(self.last_shard) for each in memory.lookups]
        self._plan(state, memory.gradients[number], *sizes, lookups=(own, own_of_last))

    def run_block(self, epoch: int, start: int, learning_rate: float) -> tuple[float, float]:
        """Train on this worker's share of a block, and return the sums of all workers."""
        memory = self.memory
        with np.errstate(all="ignore"):
            purpose = f"dropout from row {{}} by hand {self.number}"
            memory.losses[self.number] = self._train_block(epoch, start, learning_rate, purpose)
            self.barrier()
            squares = memory.squares[:, : self.state.count_block_batches(start)]
            return float(memory.losses.sum()), float(np.sqrt(squares.sum(axis=0)).sum(dtype=np.float64))

    def _plan_step(self, backpropagation: BatchPlan, batch: int, start: int) -> list[Operation]:
        """Plan a batch, and the sum, the norm and the clipping of all workers' gradients."""
        total, squares, clip = self.total, self.memory.squares[:, batch], self.state.clip
        gradients, square = self.state.net.table_gradients, squares[self.number, ...]
        rows = self.state.batch_size if backpropagation is self.full else len(self.state.rows) % self.state.batch_size
        step = [*backpropagation.plan_step(self.buffer.view_batch(start, backpropagation.rows)), self.barrier]
        step += [partial(np.add, total, other, total) for other in self.others]
        step.append(partial(total.dot, total, square))
        for gradient, lookups in zip(gradients, self.memory.lookups, strict=True):
            step.append(partial(gradient.sum_lookups, lookups.cut(slice(rows)), self.number, self.workers))
            step.append(partial(gradient.add_square, square))
        if clip < math.inf:
            step += [self.barrier, partial(clip_gradients, total, squares, clip, gradients)]
        return step

    def _select_rows(self, indices: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return this worker's rows of each batch of a block."""
        full, rest = divmod(len(indices), self.state.batch_size)
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
    """The memory that workers share.

    Attributes:
        gradients: Each worker's gradients (workers, n) of its rows of the batch.
        squares: The squared norms of each batch's gradients, by shard (workers, batches of a block).
        losses: The sum of the block's losses, by worker (workers,).
        lookups: What a whole batch looks up in each group of tables of embeddings.
    """

    gradients: NDArray[np.floating]
    squares: NDArray[np.floating]
    losses: NDArray[np.floating]
    lookups: Sequence[AnyLookups]


def start_steps(state: StepState, workers: int) -> AbstractContextManager["TrainStep | WorkerGroup"]:
    """Return what runs the blocks of a training: one `TrainStep`, or a group of workers that share each step."""
    if workers == 1:
        return contextlib.nullcontext(TrainStep(state))
    dtype = state.net.dtype
    memory = SharedMemory(
        gradients=create_shared_zeros((workers, state.net.layer_parameter_count), dtype),
        squares=create_shared_zeros((workers, -(-state.block_rows // state.batch_size)), dtype),
        losses=create_shared_zeros((workers,), np.float64),
        lookups=[group.allocate(state.batch_size, dtype, create_shared_zeros) for group in state.net.table_groups],
    )
    return WorkerGroup(workers, partial(ShardedStep, state, memory))
