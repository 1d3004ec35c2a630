"""The way forward through a net, from inputs to logits, when nothing is to be learned: evaluation and prediction.

All that one number of rows needs is bound together once, matrices, biases, activations and the memory between them;
after that a row costs three calls of NumPy for each layer, some microseconds in all.
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
"""So many rows go forward together that the widest layer's values stay in the processor's cache; no fewer than these,
as products of large matrices are faster by far than those of many small ones."""


def choose_chunk_rows(layers: Sequence[Dense]) -> int:
    """Return how many rows go forward together at most."""
    return max(MIN_CHUNK_ROWS, MAX_CHUNK_BYTES // (4 * max(layer.units for layer in layers)))


class InferencePlan:
    """The way forward for a number of rows, to be gone by one thread at a time.

    Args:
        layers: The dense layers, first to last.
        matrices: The matrix of each (inputs + 1, units), its last row the biases.
        rows: How many rows.
    """

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
