"""The update of an embedding's table in the rows that a batch touched, by the update rule of any optimizer.

The other rows keep their vectors and their state: momentum goes on only where there is a gradient, and weight decay
pulls only there. The bias of moments is corrected for the steps of the whole training, not of each row. For Adam this
is PyTorch's SparseAdam; where a batch touches all rows it is the same as updating the whole table.
"""

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.table_gradient import TableGradient
from learning.nn.plan import execute
from learning.optim.optimizer import Chunk, ParameterUpdater, plan_decay


class RowUpdater:
    """Updates the touched rows of one table.

    Args:
        updater: The updater of the layers' parameters, whose rule and learning rate it shares; it steps first.
        table: The vectors (ids, units), updated in place.
        gradient: Their gradient; weight decay is added to it in place.
        decay: The weight decay, 0 for none.
        state: The optimizer's state, an array like the table for each slot.
    """

    def __init__(
        self,
        updater: ParameterUpdater,
        table: NDArray[np.floating],
        gradient: TableGradient,
        decay: float,
        state: list[NDArray[np.floating]],
    ) -> None:
        self.rule, self.learning_rate, self.gradient = updater.rule, updater.learning_rate, gradient
        self.units = table.shape[1]
        self.decay = np.array(decay, table.dtype) if decay else None
        self.memories = [table, *state]
        # A vector as one item of its bytes: it is copied at once, many times as fast as by its numbers.
        self.vector_type = np.dtype((np.void, table.itemsize * self.units))
        self.vectors = [memory.view(self.vector_type)[:, 0] for memory in self.memories]
        self._copies: NDArray[np.floating] = np.empty((len(self.memories) + 1, 0), table.dtype)

    def step(self) -> None:
        """Update the rows that the gradient touches, once."""
        rows, count = self.gradient.rows, self.gradient.values.size
        if self._copies.shape[1] < count:
            self._copies = np.empty((len(self._copies), count), self._copies.dtype)
        copies = self._copies[:, :count]
        items = [copy.view(self.vector_type) for copy in copies[:-1]]
        for vectors, copy in zip(self.vectors, items, strict=True):
            vectors.take(rows, 0, copy, "clip")
        chunk = Chunk(copies[0], self.gradient.values.reshape(-1), copies[1:-1], copies[-1])
        if self.decay is not None:
            execute(plan_decay(chunk, self.decay, self.learning_rate, decoupled=self.rule.decoupled_decay))
        execute(self.rule.plan_update(chunk))
        for vectors, copy in zip(self.vectors, items, strict=True):
            vectors[rows] = copy
