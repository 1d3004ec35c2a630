"""A convolution of which squares are pooled: the maxima are taken of its sums, before bias and activation.

An activation that never falls keeps the order of sums, so the outputs are the same to the bit, and it is computed of a
part of the values only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import ACTIVATIONS, ActivationName
from learning.nn.layers.conv import Conv, ConvPlan
from learning.nn.layers.layer import LayerPlan, LayerSpec, Parameter, Shape
from learning.nn.layers.pool import Pool
from learning.nn.plan import Operation

NEVER_FALLING: Final[frozenset[ActivationName]] = frozenset(
    ("relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus", "linear")
)


@dataclass(frozen=True, kw_only=True)
class PooledConv(LayerSpec):
    """A convolution and the pooling of squares behind it, planned as one layer."""

    conv: Conv
    pool: Pool
    type: str = "pooled_conv"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (filters, height, width) of what is pooled."""
        return self.pool.output_shape(self.conv.output_shape(input_shape))

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return those of the convolution."""
        return self.conv.parameters(input_shape)

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        return PooledConvPlan(self, parameters, gradients, input_shape, rows)


class PooledConvPlan(LayerPlan):
    """The forward and backward pass of a convolution and the pooling behind it."""

    def __init__(
        self,
        layer: PooledConv,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, parameters.dtype)
        shape, pooled_shape = layer.conv.output_shape(input_shape), layer.output_shape(input_shape)
        self.conv = ConvPlan(layer.conv, parameters, gradients, input_shape, rows)
        self.pool = layer.pool.plan(np.empty(0, parameters.dtype), None, shape, rows)
        self.flat_size = pooled_shape[0], math.prod(pooled_shape[1:]) * rows
        self.activation = ACTIVATIONS[layer.conv.activation](self.flat_size, self.dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = f(max(W^T patches) + b)."""
        flat = y.reshape(self.flat_size)
        return [
            *chain(*self.conv.plan_sums(x, self.pool.inputs)),
            *self.pool.forward(self.pool.inputs, y),
            partial(np.add, flat, self.conv.bias, flat),
            *self.activation.forward(flat),
        ]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """Through the activation and the maxima to the sums, and from there as every convolution does."""
        flat = dy.reshape(self.flat_size)
        pooling, dz = self.pool.backward(self.pool.inputs, y, dy, input_gradient=True)
        products, dx = self.conv.plan_gradients(x, dz, input_gradient=input_gradient)
        operations = [*self.activation.backward(y.reshape(self.flat_size), flat), *self.conv.plan_bias_gradient(flat)]
        return [*operations, *pooling, *products], dx


def merge_pooling(layers: Sequence[LayerSpec]) -> list[LayerSpec]:
    """Return layers that compute the same, with each convolution and the pooling of maxima behind it as one."""
    merged: list[LayerSpec] = []
    for layer in layers:
        before = merged[-1] if merged else None
        if (
            isinstance(layer, Pool)
            and (layer.kind, layer.size != "global") == ("max", True)
            and isinstance(before, Conv)
            and before.activation in NEVER_FALLING
        ):
            merged[-1] = PooledConv(conv=before, pool=layer)
        else:
            merged.append(layer)
    return merged
