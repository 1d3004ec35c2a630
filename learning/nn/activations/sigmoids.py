"""The sigmoid, and what is computed by it: tanh is one that is stretched, silu and softplus are smooth ReLUs.

They are as smooth as their derivatives, and cost an exponential for each value.
"""

from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.activations.activation import Activation
from learning.nn.plan import Operation


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
