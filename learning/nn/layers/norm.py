"""Layer normalization (Ba, Kiros & Hinton 2016): each row's values get mean 0 and variance 1, then a gain and a shift.

Those of a picture are normalized together, and each channel has its gain and shift; or the channels of each of several
groups (group normalization; Wu & He 2018).

A row's mean and variance are its own, not those of its batch: so its prediction never depends on other rows, and
nothing has to be remembered that was not learned.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.errors import LayerMisfit
from learning.nn.layers.layer import MAX_GROUPS, LayerPlan, LayerSpec, Parameter, Shape, check_groups
from learning.nn.plan import Operation, scalar
from learning.serialization import OPTIONAL

EPSILON: Final = 1e-5
"""Added to the variance, so that nothing is divided by zero."""


@dataclass(frozen=True, kw_only=True)
class Norm(LayerSpec):
    """Normalization layer: brings each row's values to mean 0 and variance 1, which keeps deep nets trainable."""

    type: Literal["norm"] = "norm"
    is_pointwise: ClassVar[bool] = True
    groups: Annotated[int, Ge(1), Le(MAX_GROUPS)] = field(
        default=1,
        metadata=OPTIONAL
        | describe(
            "Groups that the values of a list, or the channels of a picture, are divided into, in their order (group "
            "normalization): those of each are brought to mean 0 and variance 1 by themselves."
        ),
    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape.

        Raises:
            LayerMisfit: if a row has one value, or one in each group, which would always become 0, or the groups do not
                divide its values or channels evenly.
        """
        if math.prod(input_shape) < 2:
            raise LayerMisfit(
                f"compares a row's values with each other, and gets {math.prod(input_shape)} of them",
                "remove it, or put a dense layer of 2 or more units before it",
            )
        check_groups(self.groups, **{"values" if len(input_shape) == 1 else "channels": input_shape[0]})
        if math.prod(input_shape) == self.groups:
            raise LayerMisfit(
                "compares the values of a group with each other, and there is one in each", "use fewer groups"
            )
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return a gain and a shift for each value of a list, or each channel of a picture."""
        return (
            Parameter("gain", input_shape[:1], lambda _: 1.0, decays=False),
            Parameter("shift", input_shape[:1], lambda _: 0.0, decays=False),
        )

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        if self.groups > 1:
            return GroupedNormPlan(self.groups, parameters, gradients, input_shape, rows)
        return NormPlan(parameters, gradients, input_shape, rows)


class NormPlan(LayerPlan):
    """The forward and backward pass of layer normalization.

    u = (x - mean) / s with s = sqrt(variance + EPSILON), and y = gain u + shift, all over the n values of a row. Its
    means are products with a vector of 1 / n, faster than sums.
    """

    def __init__(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> None:
        super().__init__(input_shape, rows, parameters.dtype)
        self.size, dtype = (math.prod(input_shape), rows), parameters.dtype
        self.channels = input_shape[0], math.prod(input_shape[1:]) * rows
        self.gain, self.shift = parameters.reshape(2, -1, 1)
        self.gradients = None if gradients is None else gradients.reshape(2, -1)
        self.normalized: NDArray[np.floating] = np.empty(self.size, dtype)
        self.scratch: NDArray[np.floating] = np.empty(self.size, dtype)
        self.inverse: NDArray[np.floating] = np.empty(rows, dtype)
        self.means: NDArray[np.floating] = np.empty((2, rows), dtype)
        self.average: NDArray[np.floating] = np.full(self.size[0], 1 / self.size[0], dtype)
        self.ones: NDArray[np.floating] = np.ones(self.channels[1], dtype)
        self.one, self.epsilon = scalar(1, dtype), scalar(EPSILON, dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Plan y = gain u + shift; u and 1 / s are kept for the backward pass."""
        x, y = x.reshape(self.size), y.reshape(self.size)
        u, scratch, inverse, mean = self.normalized, self.scratch, self.inverse, self.means[0]
        return [
            partial(np.dot, self.average, x, mean),
            partial(np.subtract, x, mean, u),
            partial(np.multiply, u, u, scratch),
            partial(np.dot, self.average, scratch, inverse),
            partial(np.add, inverse, self.epsilon, inverse),
            partial(np.sqrt, inverse, inverse),
            partial(np.divide, self.one, inverse, inverse),
            partial(np.multiply, u, inverse, u),
            partial(np.multiply, u.reshape(self.channels), self.gain, y.reshape(self.channels)),
            partial(np.add, y.reshape(self.channels), self.shift, y.reshape(self.channels)),
        ]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """dL/dgain = sum of dy u and dL/dshift = sum of dy over the rows; dL/dx in the memory of dy.

        With du = gain dy it is dL/dx = (du - mean(du) - u mean(du u)) / s.
        """
        u, scratch, g = self.normalized, self.scratch, dy.reshape(self.size)
        of_channels = g.reshape(self.channels)
        operations: list[Operation] = []
        if self.gradients is not None:
            operations = [
                partial(np.multiply, g, u, scratch),
                partial(scratch.reshape(self.channels).dot, self.ones, self.gradients[0]),
                partial(of_channels.dot, self.ones, self.gradients[1]),
            ]
        if input_gradient:
            operations += [
                partial(np.multiply, of_channels, self.gain, of_channels),
                partial(np.multiply, g, u, scratch),
                partial(np.dot, self.average, g, self.means[0]),
                partial(np.dot, self.average, scratch, self.means[1]),
                partial(np.multiply, u, self.means[1], scratch),
                partial(np.subtract, g, scratch, g),
                partial(np.subtract, g, self.means[0], g),
                partial(np.multiply, g, self.inverse, g),
            ]
        return operations, dy


class GroupedNormPlan(LayerPlan):
    """The forward and backward pass of normalization by groups: those of each group, one after the other."""

    def __init__(
        self,
        groups: int,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, parameters.dtype)
        shape = input_shape[0] // groups, *input_shape[1:]
        own_gradients = [None] * groups if gradients is None else np.split(gradients.reshape(2, -1), groups, axis=1)
        own = zip(np.split(parameters.reshape(2, -1), groups, axis=1), own_gradients, strict=True)
        self.plans = [NormPlan(*each, shape, rows) for each in own]

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Plan y = gain u + shift for each group."""
        own = zip(self.plans, self._split(x), self._split(y), strict=True)
        return [operation for plan, *values in own for operation in plan.forward(*values)]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """The gradients of each group; dL/dx in the memory of dy."""
        own = zip(self.plans, self._split(x), self._split(y), self._split(dy), strict=True)
        planned = [plan.backward(*values, input_gradient=input_gradient)[0] for plan, *values in own]
        return [operation for operations in planned for operation in operations], dy

    def _split(self, values: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """View the values of each group."""
        return np.split(values, len(self.plans))
