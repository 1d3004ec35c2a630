"""Activation functions, each beside its derivative; both are lists of operations in place.

Without their nonlinearity, many layers would compute no more than a single one.
"""

import math
from abc import ABC, abstractmethod
from functools import partial
from typing import ClassVar, Final, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.plan import Operation, scalar

ActivationName = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "linear"]

LEAKY_SLOPE: Final = 0.01
"""The slope of the leaky ReLU below zero (Maas et al. 2013)."""


MAX_GELU_CELLS: Final = 2**15
"""The maximum values that pass all operations of GELU at a time."""


class Activation(ABC):
    """One activation function, with scratch memory for batches of one shape (rows, units).

    Attributes:
        keeps_state: Whether the backward pass reads what the forward pass left in the scratch memory.
    """

    description: ClassVar[str]
    keeps_state: ClassVar[bool] = False

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        self.scratch: NDArray[np.floating] = np.empty(shape, dtype)
        self.one, self.half = scalar(1, dtype), scalar(0.5, dtype)

    @abstractmethod
    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan z becomes y = f(z)."""

    def forward_to_learn(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan the same where a backward pass always follows, which then may do less; by default it is the same."""
        return self.forward(z)

    @abstractmethod
    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Plan dL/dy becomes dL/dz = dL/dy * f'(z), once after `forward`; y may be overwritten."""


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


class Gelu(Activation):
    """z times the probability that a standard normal number is below z (Hendrycks & Gimpel 2016).

    In their approximation by a hyperbolic tangent, as NumPy has no error function; it is off by less than 0.0005:
    f(z) = z / 2 * (1 + t), t = tanh(a (z + b z^3)), a = sqrt(2 / pi), b = 0.044715. It takes many passes over the
    values, so some rows of them at a time pass all, while they are in the processor's cache.
    """

    keeps_state = True
    description = "A smooth relu: x times the standard normal probability of a number below x; usual in transformers."

    A: Final = math.sqrt(2 / math.pi)
    B: Final = 0.044715

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        super().__init__((0, 0), dtype)
        rows = max(MAX_GELU_CELLS // max(shape[1], 1), 1)
        self.parts = [slice(start, min(start + rows, shape[0])) for start in range(0, shape[0], rows)]
        size = min(rows, shape[0]), shape[1]
        self.square: NDArray[np.floating] = np.empty(size, dtype)
        self.share: NDArray[np.floating] = np.empty(size, dtype)
        self.kept: NDArray[np.floating] = np.empty(shape, dtype)  # z, or f'(z) if that is known
        self.t: NDArray[np.floating] = np.empty(shape, dtype)
        self.knows_slope = False
        self.a, self.ab, self.ab3 = (scalar(value, dtype) for value in (self.A, self.A * self.B, 3 * self.A * self.B))

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = z / 2 * (1 + t); z and t are kept for the backward pass."""
        operations: list[Operation] = []
        for part in self.parts:
            own, share = z[part], self.share[: len(z[part])]
            operations += [partial(np.copyto, self.kept[part], own), *self._plan_share(own, self.t[part], share)]
            operations.append(partial(np.multiply, own, share, own))
        return operations

    def forward_to_learn(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y, and f', which needs the same t: so the backward pass has one operation."""
        self.knows_slope, operations = True, list[Operation]()
        for part in self.parts:
            own, share, t = z[part], self.share[: len(z[part])], self.t[part]
            operations += self._plan_share(own, t, share)
            operations += self._plan_slope(own, t, share, self.kept[part])
            operations.append(partial(np.multiply, own, share, own))
        return operations

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f'."""
        if self.knows_slope:
            return [partial(np.multiply, dy, self.kept, dy)]
        operations: list[Operation] = []
        for part in self.parts:
            z, t, slope = self.kept[part], self.t[part], y[part]
            square, share = self.square[: len(z)], self.share[: len(z)]
            operations += [
                partial(np.multiply, z, z, square),
                partial(np.add, t, self.one, share),
                partial(np.multiply, share, self.half, share),
                *self._plan_slope(z, t, share, slope),
                partial(np.multiply, dy[part], slope, dy[part]),
            ]
        return operations

    def _plan_share(
        self, z: NDArray[np.floating], t: NDArray[np.floating], share: NDArray[np.floating]
    ) -> list[Operation]:
        """Plan t, and (1 + t) / 2; the square of z is then in `square`."""
        square = self.square[: len(z)]
        return [
            partial(np.multiply, z, z, square),
            partial(np.multiply, square, self.ab, t),
            partial(np.add, t, self.a, t),
            partial(np.multiply, t, z, t),
            partial(np.tanh, t, t),
            partial(np.add, t, self.one, share),
            partial(np.multiply, share, self.half, share),
        ]

    def _plan_slope(
        self, z: NDArray[np.floating], t: NDArray[np.floating], share: NDArray[np.floating], slope: NDArray[np.floating]
    ) -> list[Operation]:
        """Plan f' = (1 + t) / 2 + z / 2 * (1 - t^2) * a (1 + 3 b z^2), the product rule on f.

        1 - t^2 = (1 - t) (1 + t), so that (1 + t) / 2 is a common factor. The memory of t then holds 1 - t.
        """
        return [
            partial(np.multiply, self.square[: len(z)], self.ab3, slope),
            partial(np.add, slope, self.a, slope),
            partial(np.multiply, slope, z, slope),
            partial(np.subtract, self.one, t, t),
            partial(np.multiply, slope, t, slope),
            partial(np.add, slope, self.one, slope),
            partial(np.multiply, slope, share, slope),
        ]


class Silu(Activation):
    """z times its own sigmoid: f(z) = z s, s = sigmoid(z) (Elfwing et al. 2018); also called swish."""

    keeps_state = True
    description = "A smooth relu: x times sigmoid(x); also called swish."

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = z s; s is kept for the backward pass."""
        return [*_plan_sigmoid(z, self.scratch, self.half), partial(np.multiply, z, self.scratch, z)]

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f' = s + z s (1 - s) = s + y (1 - s) = 1 - (1 - s) (1 - y)."""
        slope = self.scratch
        return [
            partial(np.subtract, self.one, slope, slope),
            partial(np.subtract, self.one, y, y),
            partial(np.multiply, slope, y, slope),
            partial(np.subtract, self.one, slope, slope),
            partial(np.multiply, dy, slope, dy),
        ]


class Tanh(Activation):
    """The hyperbolic tangent, from -1 to 1: f(z) = tanh(z)."""

    description = "An S-curve from -1 to 1."

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = tanh(z)."""
        return [partial(np.tanh, z, z)]

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f' = 1 - y^2."""
        return [
            partial(np.multiply, y, y, self.scratch),
            partial(np.subtract, self.one, self.scratch, self.scratch),
            partial(np.multiply, dy, self.scratch, dy),
        ]


class Sigmoid(Activation):
    """The logistic function, from 0 to 1: f(z) = 1 / (1 + exp(-z))."""

    description = "An S-curve from 0 to 1; its gradients are small, so deep nets of it train slowly."

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = sigmoid(z)."""
        return _plan_sigmoid(z, z, self.half)

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f' = y (1 - y)."""
        return [
            partial(np.subtract, self.one, y, self.scratch),
            partial(np.multiply, y, self.scratch, self.scratch),
            partial(np.multiply, dy, self.scratch, dy),
        ]


class Softplus(Activation):
    """A smooth ReLU: f(z) = log(1 + exp(z)) (Dugas et al. 2001)."""

    description = "log(1 + exp(x)): a relu with a rounded corner, always above zero."

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        super().__init__(shape, dtype)
        self.zeros = np.zeros(shape, dtype)

    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan y = max(z, 0) + log(1 + exp(-|z|)), which cannot overflow; log1p would be eight times slower."""
        return [
            partial(np.abs, z, self.scratch),
            partial(np.negative, self.scratch, self.scratch),
            partial(np.exp, self.scratch, self.scratch),
            partial(np.add, self.scratch, self.one, self.scratch),
            partial(np.log, self.scratch, self.scratch),
            partial(np.maximum, z, self.zeros, out=z),
            partial(np.add, z, self.scratch, z),
        ]

    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Multiply by f' = sigmoid(z) = 1 - exp(-y)."""
        return [
            partial(np.negative, y, self.scratch),
            partial(np.exp, self.scratch, self.scratch),
            partial(np.subtract, self.one, self.scratch, self.scratch),
            partial(np.multiply, dy, self.scratch, dy),
        ]


def _plan_sigmoid(z: NDArray[np.floating], out: NDArray[np.floating], half: NDArray[np.floating]) -> list[Operation]:
    """1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2, which cannot overflow."""
    return [
        partial(np.multiply, z, half, out),
        partial(np.tanh, out, out),
        partial(np.multiply, out, half, out),
        partial(np.add, out, half, out),
    ]


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

RELU_FAMILY: Final[frozenset[ActivationName]] = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})
"""Activations that are near zero for negative sums: they halve the variance, and their neurons can die."""
