"""Convolution (LeCun et al. 1989): each filter looks for a pattern at every place of a picture.

A convolution is a product of a matrix of weights with the patches around every place (im2col; Chellapilla, Puri &
Simard 2006). Patches take k^2 times the memory of a picture; here those of neighbouring rows share theirs, and it is k
times (memory-efficient convolution; Cho & Brand 2017).
"""

import math
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.nn.activations import ACTIVATIONS, Activation, ActivationName
from learning.nn.initializers import draw_weights
from learning.nn.layers.grouped_products import GroupedProducts
from learning.nn.layers.image_shape import require_image
from learning.nn.layers.layer import MAX_GROUPS, LayerPlan, LayerSpec, Parameter, Shape, check_groups
from learning.nn.layers.patches import PatchRows, Window, list_rows
from learning.nn.plan import Operation
from learning.serialization import OPTIONAL

MAX_FILTERS: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Conv(LayerSpec):
    """Convolution: each filter compares its small pattern of weights with every place of a picture."""

    type: Literal["conv"] = "conv"
    filters: Annotated[int, Ge(1), Le(MAX_FILTERS)] = field(
        metadata=describe("Number of filters, each a pattern that is looked for; the output has a channel for each.")
    )
    kernel: Annotated[int, Ge(1), Le(15)] = field(
        default=3, metadata=describe("Kernel size: height and width of the patterns in pixels.")
    )
    stride: Annotated[int, Ge(1), Le(8)] = field(
        default=1, metadata=describe("Stride: pixels between two places that are looked at.")
    )
    padding: Literal["same", "valid"] = field(
        default="same",
        metadata=describe(
            "Padding: what is beyond the edge of the picture.",
            {
                "same": "Zeros, so that the output is as large as the picture, divided by the stride.",
                "valid": "Nothing: only places are looked at around which the whole pattern fits.",
            },
        ),
    )
    activation: ActivationName = field(
        default="relu",
        metadata=describe(
            "Activation function: what each filter makes of its weighted sum.",
            {name: activation.description for name, activation in ACTIVATIONS.items()},
        ),
    )

    groups: Annotated[int, Ge(1), Le(MAX_GROUPS)] = field(
        default=1,
        metadata=OPTIONAL
        | describe(
            "Groups that channels and filters are divided into, in their order (grouped convolution): a filter sees "
            "the channels of its group alone, as if there were so many smaller layers side by side."
        ),
    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (filters, height, width).

        Raises:
            LayerMisfit: if the inputs are no picture, or one smaller than the kernel, or the groups do not divide its
                channels and the filters evenly.
        """
        channels, height, width = require_image(input_shape, self.kernel if self.padding == "valid" else 1)
        check_groups(self.groups, channels=channels, filters=self.filters)
        window = self.window((channels, height, width))
        return self.filters, window.height, window.width

    def window(self, input_shape: Shape) -> Window:
        """Return the places that are looked at."""
        return Window.of(input_shape, self.kernel, self.stride, same=self.padding == "same")

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the patterns (kernel, kernel, channels, filters), and the biases; together they are one matrix.

        Of several groups the patterns are (groups, kernel, kernel, channels of a group, filters of a group).
        """
        shape, groups = self.group_shape(input_shape[0]), self.groups
        size = math.prod(shape[:-1]), shape[-1]

        def draw(random: np.random.Generator) -> NDArray[np.floating]:
            drawn = [draw_weights("auto", self.activation, size, random).reshape(shape) for _ in range(groups)]
            return np.stack(drawn) if groups > 1 else drawn[0]

        return (
            Parameter("weights", shape if groups == 1 else (groups, *shape), draw, decays=True),
            Parameter("bias", (self.filters,), lambda _: 0.0, decays=False),
        )

    def group_shape(self, channels: int) -> tuple[int, int, int, int]:
        """Return the shape of the patterns of a group (kernel, kernel, channels, filters), of so many channels."""
        return self.kernel, self.kernel, channels // self.groups, self.filters // self.groups

    def spread_groups(self, weights: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return patterns by all channels (kernel, kernel, channels, filters), with zeros for those of other groups."""
        if self.groups == 1:
            return weights
        groups, (*_, channels, filters) = self.groups, weights.shape
        spread = np.zeros((self.kernel, self.kernel, groups, channels, groups, filters), weights.dtype)
        own = np.arange(groups)
        spread[:, :, own, :, own] = weights
        return spread.reshape(self.kernel, self.kernel, groups * channels, self.filters)

    def count_products(self, input_shape: Shape) -> int:
        """Return the multiplications of a row: all weights at every place."""
        return super().count_products(input_shape) * math.prod(self.output_shape(input_shape)[1:])

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        return ConvPlan(self, parameters, gradients, input_shape, rows)


class ConvPlan(LayerPlan):
    """A convolution's forward and backward pass, some rows of places at a time.

    Its parameters are the patterns of each group (groups, kernel, kernel, channels, filters), then all biases.
    """

    def __init__(
        self,
        layer: Conv,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, parameters.dtype)
        self.layer, self.rows = layer, rows
        self.window, self.output_size = layer.window(input_shape), (*layer.output_shape(input_shape), rows)
        patterns, size = slice(0, -layer.filters), (layer.groups, *layer.group_shape(input_shape[0]))
        biases = slice(-layer.filters, None)
        self.weights, self.bias = parameters[patterns].reshape(size), parameters[biases, None]
        self.by_weights = None if gradients is None else gradients[patterns].reshape(size)
        self.by_bias = None if gradients is None else gradients[biases]
        self.products = GroupedProducts(self.window, input_shape, layer.filters, rows, self.dtype, groups=layer.groups)
        self._activations: list[Activation] = []

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = f(W^T patches + b), at each place."""
        operations: list[Operation] = []
        self._activations = self._create_activations()
        planned = zip(self.products.parts, self.plan_sums(x, y), self._activations, strict=True)
        for part, products, activation in planned:
            sums = _flatten(y[:, part])
            operations += [*products, partial(np.add, sums, self.bias, sums), *activation.forward(sums)]
        return operations

    def plan_sums(self, x: NDArray[np.floating], z: NDArray[np.floating]) -> list[list[Operation]]:
        """Z = W^T patches, without biases, for each part of the rows of places."""
        return self.products.plan(x, self.weights, z)

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """Dz = dy f'(z), in the memory of dy; then the gradients by weights and biases, and by the inputs."""
        operations: list[Operation] = []
        for part, activation in zip(self.products.parts, self._activations, strict=True):
            operations += activation.backward(_flatten(y[:, part]), _flatten(dy[:, part]))
        products, dx = self.plan_gradients(x, dy, input_gradient=input_gradient)
        return [*operations, *self.plan_bias_gradient(_flatten(dy)), *products], dx

    def plan_bias_gradient(self, dz: NDArray[np.floating]) -> list[Operation]:
        """dL/db, the sum of dz (filters, places)."""
        ones: NDArray[np.floating] = np.ones(math.prod(dz.shape[1:]), self.dtype)
        return [] if self.by_bias is None else [partial(np.matmul, dz, ones, self.by_bias)]

    def plan_gradients(
        self, x: NDArray[np.floating], dz: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """The gradients by weights and by inputs, from dz at each place."""
        dx: NDArray[np.floating] = np.empty(self.input_size if input_gradient else 0, self.dtype)
        if input_gradient and self.window.stride == 1:
            return self._plan_convolution(x, dz, dx), dx
        operations: list[Operation] = []
        if self.by_weights is not None:
            operations += chain(*self.products.plan(x, self.weights, gradient=(dz, self.by_weights)))
        return operations + (self._plan_scatter(dz, dx) if input_gradient else []), dx

    def _plan_convolution(
        self, x: NDArray[np.floating], dz: NDArray[np.floating], dx: NDArray[np.floating]
    ) -> list[Operation]:
        """Both gradients from patches of dz: dL/dx is a convolution of dz with the patterns turned round.

        dL/dW, turned round as well, is the gradient by its patterns if x were that by its sums.
        """
        kernel, (channels, height, width) = self.window.kernel, self.input_size[:3]
        window = Window(kernel, 1, kernel - 1 - self.window.top, kernel - 1 - self.window.left, height, width)
        groups, turn = self.layer.groups, (slice(None), slice(None, None, -1), slice(None, None, -1))
        products = GroupedProducts(window, self.output_size[:3], channels, self.rows, self.dtype, groups=groups)
        patterns = self.weights[turn].swapaxes(3, 4)
        turned: NDArray[np.floating] = np.empty(patterns.shape, self.dtype)
        copy = partial(np.copyto, turned, patterns)
        if self.by_weights is None:
            return [copy, *chain(*products.plan(dz, turned, dx))]
        by_turned: NDArray[np.floating] = np.empty_like(turned)
        planned = products.plan(dz, turned, dx, (x, by_turned))
        return [
            copy,
            *chain(*planned),
            partial(np.copyto, self.by_weights, by_turned[turn].swapaxes(3, 4)),
        ]

    def _plan_scatter(self, dz: NDArray[np.floating], dx: NDArray[np.floating]) -> list[Operation]:
        """dL/dpatches = W dz, added up where patches overlap."""
        groups, operations = self.layer.groups, list[Operation]([partial(dx.fill, 0)])
        for weights, own_dz, own_dx in zip(self.weights, np.split(dz, groups), np.split(dx, groups), strict=True):
            scattered = PatchRows(self.window, own_dx.shape[:3], self.rows, self.dtype)
            share: NDArray[np.floating] = np.empty(scattered.patches.shape[1:], self.dtype)
            operations.append(scattered.clear)
            for by_patches, row in zip(scattered.patches, list_rows(own_dz), strict=True):
                operations.append(partial(np.matmul, weights.reshape(len(share), -1), row, share))
                operations.append(partial(np.add, by_patches, share, by_patches))
            operations += scattered.plan_scatter(own_dx)
        return operations

    def _create_activations(self) -> list[Activation]:
        """An activation for each part; parts of the same size share one that keeps nothing for the backward pass."""
        kind, created = ACTIVATIONS[self.layer.activation], dict[int, Activation]()
        activations: list[Activation] = []
        for part in self.products.parts:
            size = (self.layer.filters, (part.stop - part.start) * self.window.width * self.rows)
            if kind.keeps_state or size[1] not in created:
                created[size[1]] = kind(size, self.dtype)
            activations.append(created[size[1]])
        return activations


def _flatten(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """View values (channels, height, width, rows) as a matrix (channels, …)."""
    flat = values.reshape(len(values), -1)
    if values.size and not np.may_share_memory(flat, values):
        raise ValueError("the values of a picture do not lie together")
    return flat
