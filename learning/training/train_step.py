"""The training step: forward pass, backward pass and update, planned batch by batch of a block before the first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.data.augment_spec import AugmentSpec
from learning.data.batches import BatchBuffer, TrainingRows
from learning.data.dataset import count_words
from learning.data.shuffle import EpochShuffler
from learning.nn.backpropagation import Backpropagation
from learning.nn.image_backpropagation import ImageBackpropagation
from learning.nn.layers.embedding import AnyLookups
from learning.nn.layers.table_gradient import TableGradient
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, execute
from learning.nn.token_backpropagation import TokenBackpropagation
from learning.optim import Optimizer
from learning.optim.matrices import MatrixStretch
from learning.optim.optimizer import ParameterUpdater
from learning.optim.row_updater import RowUpdater
from learning.seeding import rng_for

BatchPlan = Backpropagation | ImageBackpropagation | TokenBackpropagation
"""What plans how a batch fills the gradients."""


@dataclass(frozen=True, kw_only=True)
class StepState:
    """The state that steps read and update.

    Attributes:
        decay: The weight decay of each parameter of the layers, or None for none.
        table_decay: The weight decay of embeddings.
        clip: The maximum norm of gradients.
        seed: The seed of the order of rows and of dropout.
        block_rows: Rows that are gathered at a time.
        memory: The optimizer's state (slots, n).
        before: The parameters of the layers before the last step of the last block; NaN before the first.
        logits: The logits of each row when it was last trained on (rows, outputs), or None if not needed.
        augment: How pictures are varied; None: not at all.
        matrices: The matrices among the parameters of the layers, for an optimizer that takes them.
    """

    net: NeuralNet
    rows: TrainingRows
    loss: Loss
    optimizer: Optimizer
    decay: NDArray[np.floating] | None
    table_decay: float
    clip: float
    seed: int
    batch_size: int
    block_rows: int
    memory: NDArray[np.floating]
    before: NDArray[np.floating]
    logits: NDArray[np.floating] | None
    augment: AugmentSpec | None = None
    matrices: Sequence[MatrixStretch] = ()

    @property
    def batches(self) -> int:
        """Batches per epoch."""
        return -(-len(self.rows) // self.batch_size)

    def count_block_batches(self, start: int) -> int:
        """Return how many batches the block has that starts at a row of the epoch."""
        return -(-min(self.block_rows, len(self.rows) - start) // self.batch_size)


class TrainStep:
    """The steps of a block of an epoch in one process; `squares` (batches,) are the squared norms of its gradients."""

    def __init__(self, state: StepState) -> None:
        net = state.net
        self.squares: NDArray[np.floating] = np.zeros(-(-state.block_rows // state.batch_size), net.dtype)
        layers = slice(net.layer_parameter_count)
        self.parameters, self.before = net.parameters[layers], state.before
        self.updater = ParameterUpdater(
            state.optimizer,
            self.parameters,
            net.gradients,
            state.decay,
            state.memory[:, layers],
            matrices=state.matrices,
        )
        self.row_updaters = self._create_row_updaters(state)
        self._plan(state, net.gradients, state.batch_size, len(state.rows) % state.batch_size)

    def _create_row_updaters(self, state: StepState) -> list[RowUpdater]:
        """Create what updates the vectors of embeddings, for each group of tables."""
        groups = zip(state.net.table_groups, state.net.table_gradients, strict=True)
        return [
            RowUpdater(
                self.updater,
                group.view(state.net.parameters),
                gradient,
                state.table_decay,
                [group.view(each) for each in state.memory],
            )
            for group, gradient in groups
        ]

    def _plan(
        self,
        state: StepState,
        gradients: NDArray[np.floating],
        batch_rows: int,
        last_rows: int,
        lookups: tuple[Sequence[AnyLookups], Sequence[AnyLookups]] | tuple[None, None] = (None, None),
    ) -> None:
        """Plan all steps of a block, for full batches and the smaller last one of an epoch."""
        self.state = state
        net, rows, size, block_rows = state.net, len(state.rows), state.batch_size, state.block_rows
        x = net.allocate_rows(block_rows // size * batch_rows + last_rows)
        self.buffer = BatchBuffer(x, state.rows, state.loss, net.row_outputs, state.augment)
        kind = _choose_backpropagation(net)
        self.full, self.last = (
            kind(net, state.loss, own, gradients=gradients, batch_rows=whole, lookups=each)
            for own, whole, each in zip((batch_rows, last_rows), (size, rows % size), lookups, strict=True)
        )
        self.steps = [self._plan_step(self.full, batch, batch * batch_rows) for batch in range(block_rows // size)]
        full_batches = (rows - rows % size) % block_rows // size  # in the epoch's last block, before the smaller one
        self.last_step = self._plan_step(self.last, full_batches, full_batches * batch_rows)
        self.shuffler = EpochShuffler(rows, count_words(state.rows.dataset), state.seed)

    def _plan_step(self, backpropagation: BatchPlan, batch: int, start: int) -> list[Operation]:
        """Plan the gradients of a batch, from a row of the buffer on, with their norm and clipping."""
        net, square = self.state.net, self.squares[batch, ...]
        step = backpropagation.plan_step(self.buffer.view_batch(start, backpropagation.rows))
        step.append(partial(net.gradients.dot, net.gradients, square))
        step += [partial(table.add_square, square) for table in net.table_gradients]
        if self.state.clip < math.inf:
            step.append(partial(clip_gradients, net.gradients, square, self.state.clip, net.table_gradients))
        return step

    @np.errstate(all="ignore")
    def run_block(self, epoch: int, start: int, learning_rate: float) -> tuple[float, float]:
        """Take a step for each batch of the block that starts at a row of the epoch.

        Returns:
            The sum of the rows' losses, and the sum of the batches' gradient norms.
        """
        loss = self._train_block(epoch, start, learning_rate, "dropout from row {} by hand 0")
        return loss, float(np.sqrt(self.squares[: self.state.count_block_batches(start)]).sum(dtype=np.float64))

    def _train_block(self, epoch: int, start: int, learning_rate: float, dropout_purpose: str) -> float:
        """Train on the block and return the sum of the losses; the purpose is that of dropout's random numbers."""
        state = self.state
        indices = self.shuffler.select_indices(epoch, start, min(start + state.block_rows, len(state.rows)))
        full, rest = divmod(len(indices), state.batch_size)
        indices = self._select_rows(indices)
        self.buffer.gather(indices, state.seed, epoch)
        if self.full.random_layers:
            random = rng_for(state.seed, dropout_purpose.format(start), epoch)
            self.full.seed_with(random)
            self.last.seed_with(random)
        self.updater.steps = (epoch - 1) * state.batches + start // state.batch_size
        steps = [*self.steps[:full], self.last_step] if rest else self.steps[:full]
        for step in steps[:-1]:
            execute(step)
            self._update(learning_rate)
        execute(steps[-1])
        self.before[...] = self.parameters
        self._update(learning_rate)
        if state.logits is not None:
            state.logits[indices] = self.buffer.logits[: len(indices)]
        return self.buffer.sum_losses(len(indices))

    def _select_rows(self, indices: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return this process's rows of a block: all of them."""
        return indices

    def _update(self, learning_rate: float) -> None:
        """Update the parameters of the layers, and the vectors of embeddings that the batch touched."""
        self.updater.step(learning_rate)
        for updater in self.row_updaters:
            updater.step()


def _choose_backpropagation(net: NeuralNet) -> type[BatchPlan]:
    if net.net_inputs.tokens is not None:
        return TokenBackpropagation
    return Backpropagation if net.net_inputs.image is None else ImageBackpropagation


def clip_gradients(
    gradients: NDArray[np.floating],
    squares: NDArray[np.floating],
    max_norm: float,
    tables: Sequence[TableGradient] = (),
) -> None:
    """Scale gradients down if they are longer than `max_norm`; the squared length is the sum of `squares`."""
    norm = math.sqrt(squares.sum())
    if norm > max_norm:
        np.multiply(gradients, max_norm / norm, gradients)
        for table in tables:
            np.multiply(table.values, max_norm / norm, table.values)
