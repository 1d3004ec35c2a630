"""Batches: the training rows, in a new order every epoch, a few at a time.

Looking at all rows before each step would be slow, at one alone erratic. Rows are fetched in blocks of many batches,
small enough to stay in the processor's cache, and short enough that training can look up from its work in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 2**20
BLOCK_BATCHES = 512
BLOCK_PRODUCTS = 2**28
"""A block ends at whichever comes first: so many bytes, batches, or multiplications (some 30 ms of work)."""


def rows_per_block(width: int, parameters: int, batch_size: int) -> int:
    """Return how many rows make a block: whole batches, and at least one.

    A net of so many parameters multiplies about three times as often for each row: forward, and back for the weights
    and for the inputs of each layer.
    """
    rows = min(BLOCK_BYTES // (4 * width), BLOCK_PRODUCTS // (3 * parameters), BLOCK_BATCHES * batch_size)
    return max(rows // batch_size, 1) * batch_size


@dataclass(frozen=True)
class Rows:
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

    def space(self, rows: int) -> "Rows":
        """Return memory for so many rows of the same kind."""
        weights = None if self.weights is None else np.empty_like(self.weights, shape=(rows, 1))
        return Rows(
            np.empty_like(self.x, shape=(rows, self.x.shape[1])), np.empty_like(self.targets, shape=(rows, 1)), weights
        )

    def gather(self, numbers: NDArray[np.intp], space: "Rows") -> "Rows":
        """Fetch the rows of the given numbers, in their order, into the beginning of `space`."""
        n = len(numbers)  # "clip" only says not to check each number, which "raise" does with a copy of all rows
        x = self.x.take(numbers, 0, space.x[:n], "clip")
        targets = self.targets.take(numbers, 0, space.targets[:n], "clip")
        if self.weights is None or space.weights is None:
            return Rows(x, targets, None)
        return Rows(x, targets, self.weights.take(numbers, 0, space.weights[:n], "clip"))

    def batches(self, size: int) -> Iterator[tuple[slice, "Rows"]]:
        """Yield the rows, `size` at a time, and where they are; the last batch may be smaller."""
        for start in range(0, len(self.x), size):
            part = slice(start, start + size)
            weights = None if self.weights is None else self.weights[part]
            yield part, Rows(self.x[part], self.targets[part], weights)
