"""Batches: the training rows, in a new order every epoch, a few at a time.

Looking at all rows before each step would be slow, at one alone erratic. Rows are fetched in blocks of many batches,
small enough to stay in the processor's cache, and short enough that training can look up from its work in between.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.nn.backpropagation import Batch
from learning.nn.losses import Loss

MAX_BLOCK_BYTES = 2**20
MAX_BLOCK_BATCHES = 128
MAX_BLOCK_PRODUCTS = 2**30
"""A block ends at whichever comes first: so many bytes, batches, or multiplications (some 0.1 s of work)."""


def choose_block_rows(width: int, parameters: int, batch_size: int) -> int:
    """Return how many rows make a block: whole batches, and at least one.

    A net of so many parameters multiplies about three times as often for each row: forward, and back for the weights
    and for the inputs of each layer.
    """
    rows = min(MAX_BLOCK_BYTES // (4 * width), MAX_BLOCK_PRODUCTS // (3 * parameters), MAX_BLOCK_BATCHES * batch_size)
    return max(rows // batch_size, 1) * batch_size


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from.

    Attributes:
        x: The inputs (rows, width).
        targets: What a loss compares the net's outputs with (rows, 1).
        weights: How much the loss of each row counts (rows, 1), or None if all count alike.
    """

    x: NDArray[np.floating]
    targets: NDArray[np.floating]
    weights: NDArray[np.floating] | None

    def __len__(self) -> int:
        return len(self.x)


class BatchBuffer:
    """Memory for so many rows of an epoch, cut into batches, through which block after block passes.

    Args:
        rows: How many rows it holds at most.
        source: Where they come from.
        loss: What they are judged by.
        outputs: How many logits the net has.
        ones: Whether the net takes rows that end in a one.
    """

    def __init__(self, rows: int, source: TrainingRows, loss: Loss, outputs: int, *, ones: bool) -> None:
        self.source, self.loss = source, loss
        width, dtype = source.x.shape[1], source.x.dtype
        self.inputs: NDArray[np.floating] = np.empty((rows, width), dtype)
        self.x = np.ones((rows, width + 1), dtype) if ones else self.inputs
        self.targets: NDArray[np.floating] = np.empty((rows, 1), dtype)
        self.encoded_targets = loss.target_buffer(self.targets, outputs)
        self.weights: NDArray[np.floating] | None = None if source.weights is None else np.empty((rows, 1), dtype)
        self.logits: NDArray[np.floating] = np.empty((rows, outputs), dtype)

    def __len__(self) -> int:
        return len(self.x)

    def view_batch(self, start: int, rows: int) -> Batch:
        """Return a batch of the block; its memory stays the same from block to block."""
        part = slice(start, start + rows)
        weights = None if self.weights is None else self.weights[part]
        return Batch(self.x[part], self.encoded_targets[part], weights, self.logits[part])

    def gather(self, indices: NDArray[np.intp]) -> None:
        """Fetch the rows of the given numbers, in their order, into the beginning of the block."""
        n = len(indices)  # "clip" only says not to check each number, which "raise" does with a copy of all rows
        self.source.x.take(indices, 0, self.inputs[:n], "clip")
        if self.x is not self.inputs:
            self.x[:n, :-1] = self.inputs[:n]
        self.source.targets.take(indices, 0, self.targets[:n], "clip")
        self.loss.encode_targets(self.targets[:n], self.encoded_targets[:n])
        if self.weights is not None and self.source.weights is not None:
            self.source.weights.take(indices, 0, self.weights[:n], "clip")

    def sum_losses(self, n: int) -> float:
        """Return the sum of the weighted losses of the first n rows."""
        return self.loss.total(self.logits[:n], self.targets[:n], None if self.weights is None else self.weights[:n])
