"""Layers at work on a batch of rows: forward, and back with the error.

Each keeps what its way back needs of the way forward, takes its memory once, and contributes its few operations to
the plan of a step. Between the layers each column holds the values of one row of the batch, so that a row of ones fits
below them without a gap: it stands for the input of all biases.
"""

from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.activations import ACTIVATIONS
from learning.nn.layers.specs import Dense, Dropout
from learning.nn.plan import Operation, scalar


class DenseLayer:
    """A dense layer at work on batches of `rows` rows.

    The layer is one matrix (inputs + 1, units): a column holds the weights of one neuron, the last row the biases.
    Values that end in a row of ones are multiplied by all of it: biases and their gradient come out of the same
    products. Only the inputs of the net may come without. The `first` dense layer takes no memory for dL/dx: nobody
    asks how the inputs should have been.

    Attributes:
        values: A place for the outputs, and ones below (units + 1, rows).
        dx: A place for the error of the inputs (inputs, rows).
    """

    def __init__(
        self, layer: Dense, matrix: NDArray[np.floating], gradient: NDArray[np.floating], rows: int, *, first: bool
    ) -> None:
        inputs, self.units = len(matrix) - 1, layer.units
        self.matrix, self.gradient = matrix, gradient
        self.activation = ACTIVATIONS[layer.activation]((self.units, rows), matrix.dtype)
        self.values: NDArray[np.floating] = np.ones((self.units + 1, rows), matrix.dtype)
        self.input_gradient: NDArray[np.floating] = np.empty((inputs, 0 if first else rows), matrix.dtype)
        self.ones: NDArray[np.floating] = np.ones(rows, matrix.dtype)

    def forward(self, x: NDArray[np.floating], values: NDArray[np.floating]) -> list[Operation]:
        """Make y = f(W^T x + b), the first `units` rows of `values`, of x (inputs, rows), or with ones below."""
        y = values[: self.units]
        if len(x) == len(self.matrix):
            sums = [_plan_product(self.matrix.T, x, y)]
        else:
            sums = [_plan_product(self.matrix[:-1].T, x, y), partial(np.add, y, self.matrix[-1][:, None], y)]
        return sums + self.activation.forward(y)

    def backward_parameters(
        self, x: NDArray[np.floating], values: NDArray[np.floating], dy: NDArray[np.floating]
    ) -> list[Operation]:
        """Fill the gradient: with dz = dy f'(z), dL/dW = x dz^T and dL/db = sum of dz over the rows; dy becomes dz."""
        if len(x) == len(self.matrix):
            products = [_plan_product(x, dy.T, self.gradient)]
        else:  # a product with ones sums faster than sum(axis=1)
            products = [_plan_product(x, dy.T, self.gradient[:-1]), partial(dy.dot, self.ones, self.gradient[-1])]
        return self.activation.backward(values[: self.units], dy) + products

    def backward_input(self, dz: NDArray[np.floating]) -> list[Operation]:
        """Make the error that the layer before has to answer for: dL/dx = W dz."""
        return [_plan_product(self.matrix[:-1], dz, self.input_gradient)]


class DropoutLayer:
    """A dropout layer at work on batches of `rows` rows of `units` values.

    The rate is met to the nearest 1/65,536: comparing 16 random bits costs a fifth of comparing a random number.

    Attributes:
        random: What the next batches' silenced values are drawn with.
        values: A place for the outputs, and ones below (units + 1, rows).
    """

    def __init__(self, layer: Dropout, units: int, rows: int, dtype: DTypeLike) -> None:
        silenced = min(round(layer.rate * 65536), 65535)
        self.drop_threshold = np.array(silenced, np.uint16)
        self.scale = scalar(65536 / (65536 - silenced), dtype)
        self.mask: NDArray[np.floating] = np.empty((units, rows), dtype)
        self.values: NDArray[np.floating] = np.ones((units + 1, rows), dtype)
        self.random = np.random.default_rng(0)  # until it is told

    def resample_mask(self) -> None:
        """Draw which values of the next batch are silenced: the mask is 0 there and 1 / (1 - rate) elsewhere."""
        size, mask = self.mask.size, self.mask
        bits = self.random.bit_generator.random_raw(-(-size // 4)).view(np.uint16)[:size].reshape(mask.shape)
        np.greater_equal(bits, self.drop_threshold, mask)
        np.multiply(mask, self.scale, mask)

    def forward(self, x: NDArray[np.floating], values: NDArray[np.floating]) -> list[Operation]:
        """Make the outputs of the values of x that are not silenced, scaled up so that their expected sum stays."""
        units = len(self.mask)
        return [partial(np.multiply, x[:units], self.mask, values[:units])]

    def backward_parameters(self, *_: NDArray[np.floating]) -> list[Operation]:
        """There is nothing to learn."""
        return []

    def backward_input(self, dy: NDArray[np.floating]) -> list[Operation]:
        """Turn dL/dy into dL/dx in place: only values that were not silenced have to answer for an error."""
        return [partial(np.multiply, dy, self.mask, dy)]


def _plan_product(a: NDArray[np.floating], b: NDArray[np.floating], out: NDArray[np.floating]) -> Operation:
    """Plan out = a b; where `out` lies in memory by columns, as its transpose."""
    return partial(a.dot, b, out) if out.flags.c_contiguous else partial(b.T.dot, a.T, out.T)
