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
from learning.nn.layers.image_shape import require_image
from learning.nn.layers.layer import LayerPlan, LayerSpec, Parameter, Shape
from learning.nn.layers.patches import PatchProducts, PatchRows, Window, list_rows
from learning.nn.layers.winograd import WinogradProducts
from learning.nn.plan import Operation

MIN_WINOGRAD_CHANNELS: Final = 16
"""The minimum channels of inputs and outputs of Winograd's convolution."""


@dataclass(frozen=True, kw_only=True)
class Conv(LayerSpec):
    """Convolution: each filter compares its small pattern of weights with every place of a picture."""

    type: Literal["conv"] = "conv"
    filters: Annotated[int, Ge(1), Le(1024)] = field(
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

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (filters, height, width).

        Raises:
            LayerMisfit: if the inputs are no picture, or one smaller than the kernel.
        """
        channels, height, width = require_image(input_shape, self.kernel if self.padding == "valid" else 1)
        window = self.window((channels, height, width))
        return self.filters, window.height, window.width

    def window(self, input_shape: Shape) -> Window:
        """Return the places that are looked at."""
        return Window.of(input_shape, self.kernel, self.stride, same=self.padding == "same")

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the patterns (kernel, kernel, channels, filters), and the biases; together they are one matrix."""
        inputs, shape = self.kernel**2 * input_shape[0], (self.kernel, self.kernel, input_shape[0], self.filters)

        def draw(random: np.random.Generator) -> NDArray[np.floating]:
            return draw_weights("auto", self.activation, (inputs, self.filters), random).reshape(shape)

        return (
            Parameter("weights", shape, draw, decays=True),
            Parameter("bias", (self.filters,), lambda _: 0.0, decays=False),
        )

    def count_products(self, input_shape: Shape) -> int:
        """Return the multiplications of a row: all weights at every place."""
        return super().count_products(input_shape) * math.prod(self.output_shape(input_shape)[1:])

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        return ConvPlan.of(self, parameters, gradients, input_shape, rows)


class ConvPlan(LayerPlan):
    """A convolution's forward and backward pass, some rows of places at a time.

    The layer is one matrix (kernel^2 channels + 1, filters): a column holds the pattern of one filter, the last row the
    biases.
    """

    def __init__(
        self,
        layer: Conv,
        matrix: NDArray[np.floating],
        gradient: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, matrix.dtype)
        self.layer, self.rows, self.bias = layer, rows, matrix[-1][:, None]
        self.window, self.output_size = layer.window(input_shape), (*layer.output_shape(input_shape), rows)
        size = layer.kernel, layer.kernel, input_shape[0], layer.filters
        self.weights = matrix[:-1].reshape(size)
        self.by_weights = None if gradient is None else gradient[:-1].reshape(size)
        self.by_bias = None if gradient is None else gradient[-1]
        self.products = create_products(self.window, input_shape, layer.filters, rows, matrix.dtype)
        self._activations: list[Activation] = []

    @classmethod
    def of(
        cls,
        layer: Conv,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
    ) -> "ConvPlan":
        """The plan of a layer with these parameters and memory for their gradients."""
        gradient = None if gradients is None else gradients.reshape(-1, layer.filters)
        return cls(layer, parameters.reshape(-1, layer.filters), gradient, input_shape, rows)

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
        products = create_products(window, self.output_size[:3], channels, self.rows, self.dtype)
        turned: NDArray[np.floating] = np.empty((kernel, kernel, self.layer.filters, channels), self.dtype)
        copy = partial(np.copyto, turned, self.weights[::-1, ::-1].transpose(0, 1, 3, 2))
        if self.by_weights is None:
            return [copy, *chain(*products.plan(dz, turned, dx))]
        by_turned: NDArray[np.floating] = np.empty_like(turned)
        planned = products.plan(dz, turned, dx, (x, by_turned))
        return [
            copy,
            *chain(*planned),
            partial(np.copyto, self.by_weights, by_turned[::-1, ::-1].transpose(0, 1, 3, 2)),
        ]

    def _plan_scatter(self, dz: NDArray[np.floating], dx: NDArray[np.floating]) -> list[Operation]:
        """dL/dpatches = W dz, added up where patches overlap."""
        scattered = PatchRows(self.window, self.input_size[:3], self.rows, self.dtype)
        share: NDArray[np.floating] = np.empty(scattered.patches.shape[1:], self.dtype)
        operations: list[Operation] = [partial(dx.fill, 0), scattered.clear]
        for by_patches, own in zip(scattered.patches, list_rows(dz), strict=True):
            operations.append(partial(np.matmul, self.weights.reshape(len(share), -1), own, share))
            operations.append(partial(np.add, by_patches, share, by_patches))
        return operations + scattered.plan_scatter(dx)

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


def create_products(
    window: Window, input_shape: Shape, filters: int, rows: int, dtype: np.dtype[np.floating]
) -> PatchProducts | WinogradProducts:
    """Create what computes a convolution: with fewer products where they are large enough to take most of its time."""
    is_small = (window.kernel, window.stride) != (3, 1) or min(filters, input_shape[0]) < MIN_WINOGRAD_CHANNELS
    kind = PatchProducts if is_small else WinogradProducts
    return kind(window, input_shape, filters, rows, dtype)


def _flatten(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """View values (channels, height, width, rows) as a matrix (channels, …)."""
    flat = values.reshape(len(values), -1)
    if values.size and not np.may_share_memory(flat, values):
        raise ValueError("the values of a picture do not lie together")
    return flat
