"""Residual connection (He et al. 2016): layers that learn what is to be added to their input."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Annotated, Literal, cast

import numpy as np
from annotated_types import MaxLen
from numpy.typing import NDArray

from learning.descriptions import ByType, describe
from learning.errors import LayerMisfit
from learning.nn.layers.attention import Attention
from learning.nn.layers.conv import Conv
from learning.nn.layers.dense import Dense
from learning.nn.layers.dropout import Dropout
from learning.nn.layers.layer import LayerPlan, LayerSpec, Parameter, SequencePosition, Shape
from learning.nn.layers.norm import Norm
from learning.nn.layers.pool import Pool
from learning.nn.layers.stack import StackPlan, place_layers
from learning.nn.plan import Operation

InnerLayer = Dense | Conv | Pool | Dropout | Norm | Attention
"""A layer that can be within a residual one."""


@dataclass(frozen=True, kw_only=True)
class Residual(LayerSpec):
    """Residual connection: adds what its layers make of the values to these values, so that deep nets learn well."""

    type: Literal["residual"] = "residual"
    layers: Annotated[Sequence[Annotated[InnerLayer, ByType()]], MaxLen(16)] = field(
        metadata=describe("Its layers, first to last; the last must make as many values as come in.")
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))  # a list, as JSON has it, would be changeable

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape.

        Raises:
            LayerMisfit: if its layers do not fit each other, or make values of another shape.
        """
        placed = place_layers(self.layers, input_shape)
        made = placed[-1].output_shape if placed else input_shape
        if made != input_shape:
            remedy = (
                f"let its last dense layer have {input_shape[0]:,} units, or put a dense layer of {made[0]:,} units "
                "before it"
                if len(made) == len(input_shape) < 3
                else f"let its last conv layer have {input_shape[0]:,} filters, with stride 1 and padding `same`, and "
                "no pool layer be within it"
            )
            raise LayerMisfit(
                f"adds what its layers make to what comes in: {_format_shape(input_shape)} come in, and its layers "
                f"make {_format_shape(made)}",
                remedy,
            )
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return those of its layers, with names such as `1.weights`."""
        return tuple(
            [
                replace(parameter, name=f"{number}.{parameter.name}")
                for number, placed in enumerate(place_layers(self.layers, input_shape), start=1)
                for parameter in placed.parameters
            ]
        )

    @property
    def parts(self) -> Sequence[LayerSpec]:
        """Its layers."""
        return self.layers

    def for_inference(self) -> LayerSpec | None:
        """Return the same with its layers as predictions run them."""
        layers = [layer for each in self.layers if (layer := each.for_inference()) is not None]
        return replace(self, layers=tuple(cast("list[InnerLayer]", layers)))

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        return ResidualPlan(StackPlan(self.layers, parameters, gradients, input_shape, rows), input_shape, rows)

    def plan_next(
        self, parameters: NDArray[np.floating], input_shape: Shape, position: SequencePosition
    ) -> "ResidualPlan":
        """Plan its layers for one position of a sequence after the other."""
        return ResidualPlan(
            StackPlan(self.layers, parameters, None, input_shape, 1, position=position), input_shape[:1], 1
        )


class ResidualPlan(LayerPlan):
    """The forward and backward pass of a residual connection: y = x + f(x), and dL/dx = dy + f'(x) dy."""

    def __init__(self, stack: StackPlan, input_shape: Shape, rows: int) -> None:
        super().__init__(input_shape, rows, stack.dtype)
        self.stack, self.stacks = stack, (stack,)
        self.random_layers = stack.random_layers
        self.branch: NDArray[np.floating] = np.empty(self.input_size, self.dtype)
        self.branch_gradient: NDArray[np.floating] = np.empty(self.input_size, self.dtype)

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Memory for its inputs, that of its first layer."""
        return self.stack.layers[0].inputs if self.stack.layers else np.empty(self.input_size, self.dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Plan y = x + f(x)."""
        if not self.stack.layers:
            return [partial(np.add, x, x, y)]
        return [*self.stack.forward(x, self.branch), partial(np.add, x, self.branch, y)]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """DL/dx = dy + the gradient through its layers, in the memory of dy."""
        start = partial(np.copyto, self.branch_gradient, dy)
        operations, dx = self.stack.backward(x, self.branch, self.branch_gradient, input_gradient=input_gradient)
        return [start, *operations, *([partial(np.add, dy, dx, dy)] if input_gradient else [])], dy


def _format_shape(shape: Shape) -> str:
    """The number of values, or their shape, such as 3 x 8 x 8."""
    return f"{shape[0]:,} values" if len(shape) in {1, 2} else f"values in the shape {' x '.join(map(str, shape))}"
