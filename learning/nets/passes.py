"""Layers at work on a batch of rows: forward, and back with the error.

Each keeps what its way back needs of the way forward, takes its memory once, and contributes its few operations to
the plan of a step.
"""

from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nets.activations import ACTIVATIONS
from learning.nets.layers import Dense, Dropout
from learning.nets.operations import Operation, scalar


class DensePass:
    """A dense layer at work on batches of `rows` rows.

    The layer is one matrix (inputs + 1, units): a column holds the weights of one neuron, the last row the biases.
    Rows that end in a one are multiplied by all of it: biases and their gradient come out of the same products.
    The `first` dense layer takes no memory for dL/dx: nobody asks how the inputs should have been.

    Attributes:
        y: A place for the outputs (rows, units).
        dx: A place for the error of the inputs (rows, inputs).
    """

    def __init__(
        self, layer: Dense, matrix: NDArray[np.floating], gradient: NDArray[np.floating], rows: int, *, first: bool
    ) -> None:
        inputs, units = len(matrix) - 1, layer.units
        self.matrix, self.gradient = matrix, gradient
        self.activation = ACTIVATIONS[layer.activation]((rows, units), matrix.dtype)
        self.y: NDArray[np.floating] = np.empty((rows, units), matrix.dtype)
        self.dx: NDArray[np.floating] = np.empty((0 if first else rows, inputs), matrix.dtype)
        self.ones: NDArray[np.floating] = np.ones(rows, matrix.dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Make y = f(x W + b) of x (rows, inputs), or (rows, inputs + 1) with a last column of ones."""
        if x.shape[1] == len(self.matrix):
            sums: list[Operation] = [partial(x.dot, self.matrix, y)]
        else:
            bias = self.matrix[-1] if y.shape[1] > 1 else self.matrix[-1, 0, ...]  # one number is added faster alone
            sums = [partial(x.dot, self.matrix[:-1], y), partial(np.add, y, bias, y)]
        return sums + self.activation.forward(y)

    def learn(self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Fill the gradient: with dz = dy f'(z), dL/dW = x^T dz and dL/db = sum of dz over the rows; dy becomes dz."""
        if x.shape[1] == len(self.matrix):
            products: list[Operation] = [partial(x.T.dot, dy, self.gradient)]
        else:  # a product with ones sums faster than sum(axis=0)
            products = [partial(x.T.dot, dy, self.gradient[:-1]), partial(self.ones.dot, dy, self.gradient[-1])]
        return self.activation.backward(y, dy) + products

    def blame(self, dz: NDArray[np.floating]) -> list[Operation]:
        """Make the error that the layer before has to answer for: dL/dx = dz W^T."""
        return [partial(dz.dot, self.matrix[:-1].T, self.dx)]


class DropoutPass:
    """A dropout layer at work on batches of `rows` rows of `units` values.

    The rate is met to the nearest 1/65,536: comparing 16 random bits costs a fifth of comparing a random number.

    Attributes:
        random: What the next batches' silenced values are drawn with.
        y: A place for the outputs (rows, units).
    """

    def __init__(self, layer: Dropout, units: int, rows: int, dtype: DTypeLike) -> None:
        silenced = min(round(layer.rate * 65536), 65535)
        self.silenced = np.array(silenced, np.uint16)
        self.scale = scalar(65536 / (65536 - silenced), dtype)
        self.mask: NDArray[np.floating] = np.empty((rows, units), dtype)
        self.y: NDArray[np.floating] = np.empty((rows, units), dtype)
        self.random = np.random.default_rng(0)  # until it is told

    def draw(self) -> None:
        """Draw which values of the next batch are silenced: the mask is 0 there and 1 / (1 - rate) elsewhere."""
        size, mask = self.mask.size, self.mask
        bits = self.random.bit_generator.random_raw(-(-size // 4)).view(np.uint16)[:size].reshape(mask.shape)
        np.greater_equal(bits, self.silenced, mask)
        np.multiply(mask, self.scale, mask)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Make y of the values of x that are not silenced, scaled up so that their expected sum stays."""
        return [partial(np.multiply, x, self.mask, y)]

    def learn(self, *_: NDArray[np.floating]) -> list[Operation]:
        """There is nothing to learn."""
        return []

    def blame(self, dy: NDArray[np.floating]) -> list[Operation]:
        """Turn dL/dy into dL/dx in place: only values that were not silenced have to answer for an error."""
        return [partial(np.multiply, dy, self.mask, dy)]
