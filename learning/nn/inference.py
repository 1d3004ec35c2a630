"""Inference: the forward pass from inputs to logits without training, for evaluation and prediction.

The operations for a number of rows are planned once, with the memory between layers; then a forward pass costs three
calls of NumPy per layer, a few microseconds in all.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import ACTIVATIONS
from learning.nn.layers import Dense
from learning.nn.plan import Operation, execute

MAX_CHUNK_BYTES: Final = 2**19
MIN_CHUNK_ROWS: Final = 256
"""Rows are predicted in chunks whose widest layer fits into the processor's cache, but not in smaller chunks than
MIN_CHUNK_ROWS, as one product of large matrices is much faster than many of small ones."""


def choose_chunk_rows(layers: Sequence[Dense]) -> int:
    """Return the maximum number of rows per forward pass."""
    return max(MIN_CHUNK_ROWS, MAX_CHUNK_BYTES // (4 * max(layer.units for layer in layers)))


class InferencePlan:
    """The forward pass for a fixed number of rows, for one thread at a time; each matrix is (inputs + 1, units)."""

    def __init__(self, layers: Sequence[Dense], matrices: Sequence[NDArray[np.floating]], rows: int) -> None:
        self.rows = rows
        values = [np.empty((rows, layer.units), matrix.dtype) for layer, matrix in zip(layers, matrices, strict=True)]
        self.bytes = sum(y.nbytes for y in values)
        self.weights, self.first, self.logits = matrices[0][:-1], values[0], values[-1]
        self.operations: list[Operation] = []
        for number, (layer, matrix, y) in enumerate(zip(layers, matrices, values, strict=True)):
            if number:
                self.operations.append(partial(np.dot, values[number - 1], matrix[:-1], y))
            self.operations.append(partial(np.add, y, matrix[-1:], y))
            self.operations += ACTIVATIONS[layer.activation](y.shape, y.dtype).forward(y)

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) for inputs (rows, inputs); the next call overwrites them."""
        np.dot(x, self.weights, self.first)
        execute(self.operations)
        return self.logits
