"""Activations: how a neuron bends the sum of its inputs.

Without a bend, a net of many layers could say no more than one of a single layer. Each stands here beside its
derivative, which backpropagation multiplies into the error on the way back; both work in place.
"""

import math
from abc import ABC, abstractmethod
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nets.layers import ActivationName

LEAK: Final = 0.01
"""The slope of the leaky ReLU below zero (Maas et al. 2013)."""


class Activation(ABC):
    """One activation function, with scratch memory for batches of one shape (rows, units)."""

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        self.scratch: NDArray[np.floating] = np.empty(shape, dtype)

    @abstractmethod
    def forward(self, z: NDArray[np.floating]) -> None:
        """Bend the sums: z becomes y = f(z)."""

    @abstractmethod
    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Turn dL/dy into dL/dz = dL/dy * f'(z), once after `forward` made y of z; y may be used up."""


class Linear(Activation):
    """No bend: f(z) = z."""

    def forward(self, z: NDArray[np.floating]) -> None:
        """Leave the sums as they are."""

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Leave the error as it is: f' = 1."""


class Relu(Activation):
    """Positive sums pass, negative ones do not: f(z) = max(z, 0)."""

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        super().__init__(shape, dtype)
        self.zeros = np.zeros(shape, dtype)  # a whole matrix: twice as fast as comparing with one scalar
        self.bits = np.dtype(f"u{self.zeros.itemsize}")
        self.passes = np.empty(shape, self.bits)

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = max(z, 0)."""
        np.maximum(z, self.zeros, out=z)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f', 1 where y > 0 and else 0.

        Read as unsigned integers, the bits of zero are 0 and those of a positive number more. Multiplying the bits of
        dy by 0 or 1 erases or keeps them, so that no array of booleans has to be converted.
        """
        np.sign(y.view(self.bits), self.passes)
        error = dy.view(self.bits)
        np.multiply(error, self.passes, error)


class LeakyRelu(Activation):
    """A ReLU that lets a little of a negative sum through: f(z) = z if z > 0 else LEAK * z."""

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = max(z, LEAK z)."""
        np.multiply(z, LEAK, self.scratch)
        np.maximum(z, self.scratch, out=z)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f', 1 where y > 0 and else LEAK."""
        np.greater(y, 0, self.scratch)
        np.maximum(self.scratch, LEAK, out=self.scratch)
        np.multiply(dy, self.scratch, dy)


class Elu(Activation):
    """A ReLU that levels off softly at -1: f(z) = z if z > 0 else exp(z) - 1 (Clevert et al. 2016)."""

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = max(z, 0) + exp(min(z, 0)) - 1, where the exponential cannot overflow."""
        np.minimum(z, 0, out=self.scratch)
        np.exp(self.scratch, self.scratch)
        np.subtract(self.scratch, 1, self.scratch)
        np.maximum(z, self.scratch, out=z)  # exp(z) - 1 is never below z, and 0 where z is positive

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f', 1 where y > 0 and else exp(z) = y + 1."""
        np.minimum(y, 0, out=self.scratch)
        np.add(self.scratch, 1, self.scratch)
        np.multiply(dy, self.scratch, dy)


class Gelu(Activation):
    """z times the probability that a standard normal number is below z (Hendrycks & Gimpel 2016).

    In their approximation by a hyperbolic tangent, as NumPy has no error function; it is off by less than 0.0005:
    f(z) = z / 2 * (1 + t), t = tanh(a (z + b z^3)), a = sqrt(2 / pi), b = 0.044715.
    """

    A: Final = math.sqrt(2 / math.pi)
    B: Final = 0.044715

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        super().__init__(shape, dtype)
        self.z: NDArray[np.floating] = np.empty(shape, dtype)
        self.t: NDArray[np.floating] = np.empty(shape, dtype)

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = z / 2 * (1 + t); z and t are kept for the way back."""
        self.z[...] = z
        t = self.t
        np.multiply(z, z, t)
        np.multiply(t, self.A * self.B, t)
        np.add(t, self.A, t)
        np.multiply(t, z, t)
        np.tanh(t, t)
        np.add(t, 1, self.scratch)
        np.multiply(self.scratch, 0.5, self.scratch)
        np.multiply(z, self.scratch, z)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f' = (1 + t) / 2 + z / 2 * (1 - t^2) * a (1 + 3 b z^2), the product rule on f."""
        z, t, slope = self.z, self.t, self.scratch
        np.multiply(z, z, slope)
        np.multiply(slope, 3 * self.A * self.B, slope)
        np.add(slope, self.A, slope)
        np.multiply(slope, z, slope)
        np.subtract(1, t, y)  # y is not needed again: its memory holds 1 - t
        np.multiply(slope, y, slope)
        np.add(slope, 1, slope)
        np.add(t, 1, t)
        np.multiply(slope, t, slope)  # (1 - t^2) = (1 - t)(1 + t), so 1 + t is a common factor
        np.multiply(slope, 0.5, slope)
        np.multiply(dy, slope, dy)


class Silu(Activation):
    """z times its own sigmoid: f(z) = z s, s = sigmoid(z) (Elfwing et al. 2018); also called swish."""

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = z s; s is kept for the way back."""
        _sigmoid(z, self.scratch)
        np.multiply(z, self.scratch, z)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f' = s + z s (1 - s) = s + y (1 - s) = 1 - (1 - s) (1 - y)."""
        slope = self.scratch
        np.subtract(1, slope, slope)
        np.subtract(1, y, y)
        np.multiply(slope, y, slope)
        np.subtract(1, slope, slope)
        np.multiply(dy, slope, dy)


class Tanh(Activation):
    """Squeezes any sum into -1 to 1: f(z) = tanh(z)."""

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = tanh(z)."""
        np.tanh(z, z)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f' = 1 - y^2."""
        np.multiply(y, y, self.scratch)
        np.subtract(1, self.scratch, self.scratch)
        np.multiply(dy, self.scratch, dy)


class Sigmoid(Activation):
    """Squeezes any sum into 0 to 1: f(z) = 1 / (1 + exp(-z))."""

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = sigmoid(z)."""
        _sigmoid(z, z)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f' = y (1 - y)."""
        np.subtract(1, y, self.scratch)
        np.multiply(y, self.scratch, self.scratch)
        np.multiply(dy, self.scratch, dy)


class Softplus(Activation):
    """A ReLU with a round corner: f(z) = log(1 + exp(z)) (Dugas et al. 2001)."""

    def forward(self, z: NDArray[np.floating]) -> None:
        """Make y = max(z, 0) + log(1 + exp(-|z|)), where the exponential cannot overflow."""
        np.abs(z, self.scratch)
        np.negative(self.scratch, self.scratch)
        np.exp(self.scratch, self.scratch)
        np.add(self.scratch, 1, self.scratch)
        np.log(self.scratch, self.scratch)  # log1p would be eight times slower, for digits that nobody sees
        np.maximum(z, 0, out=z)
        np.add(z, self.scratch, z)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> None:
        """Multiply by f' = sigmoid(z) = 1 - exp(-y)."""
        np.negative(y, self.scratch)
        np.exp(self.scratch, self.scratch)
        np.subtract(1, self.scratch, self.scratch)
        np.multiply(dy, self.scratch, dy)


def _sigmoid(z: NDArray[np.floating], out: NDArray[np.floating]) -> None:
    """1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2, which cannot overflow."""
    np.multiply(z, 0.5, out)
    np.tanh(out, out)
    np.multiply(out, 0.5, out)
    np.add(out, 0.5, out)


ACTIVATIONS: Final[dict[ActivationName, type[Activation]]] = {
    "relu": Relu,
    "leaky_relu": LeakyRelu,
    "elu": Elu,
    "gelu": Gelu,
    "silu": Silu,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "linear": Linear,
}
