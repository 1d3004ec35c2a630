"""A hand's share of training: its part of every batch to learn from, and its part of the weights to move.

Alone, it is all of it. Everything that a step does is planned here, batch by batch of a block, before the first.
"""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.data.batches import BatchBuffer, TrainingRows
from learning.data.shuffle import EpochShuffler
from learning.nn.backpropagation import Backpropagation
from learning.nn.layers import Dense
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, execute
from learning.optim import Optimizer
from learning.optim.optimizer import ParameterUpdater
from learning.seeding import rng_for
from learning.training.parallel import Barrier

MAX_ONES_COLUMN_WIDTH = 64
"""Rows of at most so many inputs are copied once more, each with a one behind it, which the biases multiply."""


@dataclass(frozen=True, kw_only=True)
class StepState:
    """What is to be done, and the memory that all hands see.

    Attributes:
        net: The net; its parameters are moved.
        rows: What it learns from.
        loss: What to make small.
        optimizer: How to walk.
        decay: How strongly each weight is pulled towards zero (n,), or None for not at all.
        clip: Gradients longer than this are shortened to it.
        seed: Decides the order of the rows and what dropout silences.
        batch_size: How many rows each step looks at.
        block_rows: How many rows are fetched at a time.
        gradients: Each hand's gradients (hands, n), of its part of the batch.
        memory: All that the walk remembers of the way (vectors, n).
        before: The weights as they were before the last step of the last block (n,); NaN before the first.
        squares: The squared lengths of each batch's gradients, by part of the weights (hands, batches of a block).
        losses: The losses of the block, summed, by hand (hands,).
        logits: What the net said of each row when it last saw it (rows, outputs), or None if nobody asks.
    """

    net: NeuralNet
    rows: TrainingRows
    loss: Loss
    optimizer: Optimizer
    decay: NDArray[np.floating] | None
    clip: float
    seed: int
    batch_size: int
    block_rows: int
    gradients: NDArray[np.floating]
    memory: NDArray[np.floating]
    before: NDArray[np.floating]
    squares: NDArray[np.floating]
    losses: NDArray[np.floating]
    logits: NDArray[np.floating] | None

    @property
    def batches(self) -> int:
        """How many batches make an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def block_losses(self) -> float:
        """Return the sum of the losses of the block that was just gone through."""
        return float(self.losses.sum())

    @np.errstate(all="ignore")
    def block_norms(self, start: int) -> float:
        """Return the sum of the lengths of the gradients of that block, which started at this row of the epoch."""
        batches = -(-min(self.block_rows, len(self.rows) - start) // self.batch_size)
        return float(np.sqrt(self.squares[:, :batches].sum(axis=0)).sum(dtype=np.float64))


class ShardedStep:
    """What hand `number` does, and how it meets the others."""

    def __init__(self, work: StepState, number: int, meet: Barrier) -> None:
        self.work, self.number = work, number
        self.meeting: list[Operation] = [meet] if len(work.gradients) > 1 else []  # who works alone need not wait
        weights = self._shard(work.net.parameter_count)
        self.weights, self.before = work.net.parameters[weights], work.before[weights]
        self.total = work.gradients[0, weights]
        self.others = [gradients[weights] for gradients in work.gradients[1:]]
        decay = None if work.decay is None else work.decay[weights]
        memory = work.memory[:, weights]
        self.descent = ParameterUpdater(work.optimizer, self.weights, self.total, decay, memory)

        rows, size, block_rows = len(work.rows), work.batch_size, work.block_rows
        self.each, self.rest = self._shard(size), self._shard(rows % size)
        full, rest = (part.stop - part.start for part in (self.each, self.rest))
        ones = work.rows.x.shape[1] <= MAX_ONES_COLUMN_WIDTH and isinstance(work.net.layers[0], Dense)
        space = block_rows // size * full + rest
        self.block = BatchBuffer(space, work.rows, work.loss, work.net.outputs, ones=ones)
        gradients = work.net.weight_views(work.gradients[number])
        self.full = Backpropagation(work.net, work.loss, full, gradients=gradients, batch_rows=size)
        self.last = Backpropagation(work.net, work.loss, rest, gradients=gradients, batch_rows=rows % size)
        self.steps = [self._step(self.full, batch) for batch in range(block_rows // size)]
        before = (rows - rows % size) % block_rows // size  # batches in the last block, before the smaller one
        self.last_step = self._step(self.last, before)
        self.order = EpochShuffler(rows, work.net.inputs, work.seed)

    @np.errstate(all="ignore")
    def run_block(self, epoch: int, start: int, learning_rate: float) -> None:
        """Take a step for each batch of the block that starts at a row of the epoch, in step with the other hands."""
        work = self.work
        numbers = self.order.select_indices(epoch, start, min(start + work.block_rows, len(work.rows)))
        full, rest = divmod(len(numbers), work.batch_size)
        mine = numbers[: len(numbers) - rest].reshape(full, work.batch_size)[:, self.each].reshape(-1)
        if rest:
            mine = np.concatenate([mine, numbers[len(numbers) - rest :][self.rest]])
        self.block.gather(mine)
        if self.full.random_layers:
            random = rng_for(work.seed, f"dropout from row {start} by hand {self.number}", epoch)
            self.full.seed_with(random)
            self.last.seed_with(random)
        self.descent.steps = (epoch - 1) * work.batches + start // work.batch_size
        steps = [*self.steps[:full], self.last_step] if rest else self.steps[:full]
        for left, step in zip(range(len(steps) - 1, -1, -1), steps, strict=True):
            execute(step)
            if not left:
                self.before[...] = self.weights
            self.descent.step(learning_rate)
            execute(self.meeting)
        if work.logits is not None:
            work.logits[mine] = self.block.logits[: len(mine)]
        work.losses[self.number] = self.block.sum_losses(len(mine))
        execute(self.meeting)

    def _step(self, backpropagation: Backpropagation, number: int) -> list[Operation]:
        """Plan how gradients are filled by a batch of the block, added up, measured, and shortened if too long."""
        clip, total, squares = self.work.clip, self.total, self.work.squares[:, number]
        begin = number * (self.each.stop - self.each.start)
        step = backpropagation.plan_step(self.block.view_batch(begin, backpropagation.rows))
        step += self.meeting
        step += [partial(np.add, total, other, total) for other in self.others]
        step.append(partial(total.dot, total, squares[self.number, ...]))
        if clip < math.inf:
            step += [*self.meeting, partial(_clip, total, squares, clip)]
        return step

    def _shard(self, count: int) -> slice:
        """Return which of so many rows or weights are this hand's."""
        hands = len(self.work.gradients)
        return slice(count * self.number // hands, count * (self.number + 1) // hands)


def _clip(gradients: NDArray[np.floating], squares: NDArray[np.floating], longest: float) -> None:
    """Shorten a part of the gradients if all parts together, of these squared lengths, are longer than `longest`."""
    norm = math.sqrt(squares.sum())
    if norm > longest:
        np.multiply(gradients, longest / norm, gradients)
