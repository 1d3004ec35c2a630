"""The Gaussian error linear unit, GELU, which nets that read text are usually made of.

It takes many more passes over the values than other activations do, so that it is planned by parts that stay in the
processor's cache.
"""

import math
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.activations.activation import Activation
from learning.nn.plan import Operation, scalar

MAX_GELU_CELLS: Final = 2**15
"""The maximum values that pass all operations of GELU at a time."""


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
