"""Layers at work on a batch of rows: forward, and back with the error.

Each keeps what its way back needs of the way forward, and takes its memory once for all batches of one size.
"""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nets.activations import ACTIVATIONS
from learning.nets.layers import Dense, Dropout


class DensePass:
    """A dense layer at work on batches of `rows` rows: forward, and back with the error.

    The layer is one matrix (inputs + 1, units): a column holds the weights of one neuron, the last row the biases.
    All memory is taken once, here, and used again by every batch. The `first` dense layer takes none for dL/dx: nobody
    asks how the inputs of the net should have been.
    """

    def __init__(
        self, layer: Dense, matrix: NDArray[np.floating], gradient: NDArray[np.floating], rows: int, *, first: bool
    ) -> None:
        inputs, units = len(matrix) - 1, layer.units
        self.weights, self.bias = matrix[:-1], matrix[-1]
        self.weights_gradient, self.bias_gradient = gradient[:-1], gradient[-1]
        self.activation = ACTIVATIONS[layer.activation]((rows, units), matrix.dtype)
        self.x: NDArray[np.floating] = np.empty((0, inputs), matrix.dtype)  # until there is a batch
        self.y: NDArray[np.floating] = np.empty((rows, units), matrix.dtype)
        self.dx: NDArray[np.floating] = np.empty((0 if first else rows, inputs), matrix.dtype)
        self.ones: NDArray[np.floating] = np.ones(rows, matrix.dtype)

    def forward(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return y = f(x W + b), (rows, units), for x (rows, inputs)."""
        self.x, y = x, self.y
        np.dot(x, self.weights, y)
        np.add(y, self.bias, y)
        self.activation.forward(y)
        return y

    def learn(self, dy: NDArray[np.floating]) -> None:
        """Fill the gradient: with dz = dy f'(z), dL/dW = x^T dz and dL/db = sum of dz over the rows; dy becomes dz."""
        self.activation.backward(self.y, dy)
        np.dot(self.x.T, dy, self.weights_gradient)
        np.dot(self.ones, dy, self.bias_gradient)  # a product with ones sums faster than sum(axis=0)

    def backward(self, dy: NDArray[np.floating]) -> NDArray[np.floating]:
        """Learn, and return the error that the layer before has to answer for: dL/dx = dz W^T."""
        self.learn(dy)
        return np.dot(dy, self.weights.T, self.dx)


class DropoutPass:
    """A dropout layer at work on batches of `rows` rows of `units` values.

    The rate is met to the nearest 1/65,536: comparing 16 random bits costs a fifth of comparing a random number.
    """

    def __init__(self, layer: Dropout, units: int, rows: int, dtype: DTypeLike) -> None:
        silenced = min(round(layer.rate * 65536), 65535)
        self.silenced = np.array(silenced, np.uint16)
        self.scale = np.array(65536 / (65536 - silenced), dtype)
        self.mask: NDArray[np.floating] = np.empty((rows, units), dtype)
        self.y: NDArray[np.floating] = np.empty((rows, units), dtype)

    def draw(self, random: np.random.Generator) -> None:
        """Draw which values of the next batch are silenced: the mask is 0 there and 1 / (1 - rate) elsewhere."""
        size, mask = self.mask.size, self.mask
        bits = random.bit_generator.random_raw(-(-size // 4)).view(np.uint16)[:size].reshape(mask.shape)
        np.greater_equal(bits, self.silenced, mask)
        np.multiply(mask, self.scale, mask)

    def forward(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the values of x that are not silenced, scaled up so that their expected sum stays."""
        return np.multiply(x, self.mask, self.y)

    def backward(self, dy: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the error of the values that were not silenced."""
        return np.multiply(dy, self.mask, dy)
