"""Activations made of straight lines: the identity, the rectified linear unit, and two of its kin that are never dead.

A comparison is all that most of them cost, which is why they are the usual choice.
"""

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.activations.activation import Activation
from learning.nn.plan import Operation, scalar

LEAKY_SLOPE: Final = 0.01
"""The slope of the leaky ReLU below zero (Maas et al. 2013)."""


class Linear(Activation):
    """The identity: f(z) = z."""

    description = "x, unchanged: without an activation, layers together are no more than one linear model."

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = z."""
        return []

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Leave dL/dy: f' is 1."""
        return []


class Relu(Activation):
    """The rectified linear unit: f(z) = max(z, 0)."""

    description = "max(0, x): the usual choice."

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        super().__init__(shape, dtype)
        self.zeros = np.zeros(shape, dtype)  # a whole matrix: twice as fast as comparing with one scalar
        self.bits = np.dtype(f"i{self.zeros.itemsize}")

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = max(z, 0)."""
        return [partial(np.maximum, z, self.zeros, out=z)]

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f', 1 where y > 0 and else 0.

        Read as integers, the bits of zero are 0 and those of a positive number more. Multiplying the bits of dy by
        their sign erases or keeps them, without an array of booleans that would have to be converted.
        """
        mask, error = y.view(self.bits), dy.view(self.bits)
        return [partial(np.sign, mask, mask), partial(np.multiply, error, mask, error)]


class LeakyRelu(Activation):
    """A ReLU with a small slope below zero: f(z) = z if z > 0 else LEAKY_SLOPE z."""

    description = "Like relu, but keeps a small slope below zero, so that no neuron goes dead."

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        super().__init__(shape, dtype)
        self.leak = scalar(LEAKY_SLOPE, dtype)
        self.zeros, self.leaks = np.zeros(shape, dtype), np.full(shape, LEAKY_SLOPE, dtype)

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = max(z, LEAKY_SLOPE z)."""
        return [partial(np.multiply, z, self.leak, self.scratch), partial(np.maximum, z, self.scratch, out=z)]

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f', 1 where y > 0 and else LEAKY_SLOPE."""
        return [
            partial(np.greater, y, self.zeros, self.scratch),
            partial(np.maximum, self.scratch, self.leaks, out=self.scratch),
            partial(np.multiply, dy, self.scratch, dy),
        ]


class Elu(Activation):
    """A ReLU that levels off smoothly at -1: f(z) = z if z > 0 else exp(z) - 1 (Clevert et al. 2016)."""

    description = "Like relu, but levels off smoothly at -1 below zero."

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        super().__init__(shape, dtype)
        self.zeros = np.zeros(shape, dtype)

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = max(z, exp(min(z, 0)) - 1), as exp(z) - 1 >= z; so the exponential cannot overflow."""
        return [
            partial(np.minimum, z, self.zeros, out=self.scratch),
            partial(np.exp, self.scratch, self.scratch),
            partial(np.subtract, self.scratch, self.one, self.scratch),
            partial(np.maximum, z, self.scratch, out=z),
        ]

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f', 1 where y > 0 and else exp(z) = y + 1."""
        return [
            partial(np.minimum, y, self.zeros, out=self.scratch),
            partial(np.add, self.scratch, self.one, self.scratch),
            partial(np.multiply, dy, self.scratch, dy),
        ]
