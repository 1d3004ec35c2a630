"""Convolution (LeCun et al. 1989): each filter looks for a pattern at every place of a picture.

A convolution is a product of a matrix of weights with the patches around every place (im2col; Chellapilla, Puri &
Simard 2006). Patches take k^2 times the memory of a picture, so they are made for some rows of places at a time.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.nn.activations import ACTIVATIONS, Activation, ActivationName
from learning.nn.initializers import draw_weights
from learning.nn.layers.image_shape import require_image
from learning.nn.layers.layer import LayerPlan, LayerSpec, Parameter, Shape
from learning.nn.layers.patches import PatchBuffer, Window
from learning.nn.plan import Operation

MAX_PATCH_BYTES: Final = 2**20
"""The maximum memory of patches at a time: products with more are slower, as they leave the processor's cache."""


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
        gradient = None if gradients is None else gradients.reshape(-1, self.filters)
        return ConvPlan(self, parameters.reshape(-1, self.filters), gradient, input_shape, rows)


class ConvPlan(LayerPlan):
    """A convolution's forward and backward pass, some rows of places at a time.

    The layer is one matrix (kernel^2 channels + 1, filters): a column holds the pattern of one filter, the last row the
    biases, for which patches end in a row of ones.
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
        self.layer, self.matrix, self.gradient, self.rows = layer, matrix, gradient, rows
        self.window, self.output_size = layer.window(input_shape), (*layer.output_shape(input_shape), rows)
        self.patches = PatchBuffer(self.window, input_shape, rows, matrix.dtype, MAX_PATCH_BYTES)
        self._activations: list[Activation] = []

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = f(W^T patches + b), at each place."""
        operations: list[Operation] = []
        self._activations = self._create_activations()
        for (start, stop), activation in zip(self.patches.parts, self._activations, strict=True):
            part = _flatten(y[:, start:stop])
            operations += self.patches.plan_gather(x, start, stop)
            operations.append(partial(np.matmul, self.matrix.T, self.patches.flat(stop - start), part))
            operations += activation.forward(part)
        return operations

    def plan_sums(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Z = W^T patches + b, into y."""
        operations: list[Operation] = []
        for start, stop in self.patches.parts:
            operations += self.patches.plan_gather(x, start, stop)
            patches = self.patches.flat(stop - start)
            operations.append(partial(np.matmul, self.matrix.T, patches, _flatten(y[:, start:stop])))
        return operations

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """Dz = dy f'(z), in the memory of dy; then the gradients by weights and biases, and by the inputs."""
        operations: list[Operation] = []
        for (start, stop), activation in zip(self.patches.parts, self._activations, strict=True):
            operations += activation.backward(_flatten(y[:, start:stop]), _flatten(dy[:, start:stop]))
        if not input_gradient:
            return operations + self._plan_weight_gradient(x, dy), dy
        dx: NDArray[np.floating] = np.empty(self.input_size, self.dtype)
        if self.window.stride == 1:
            return operations + self._plan_gradients(x, dy, dx), dx
        return operations + self._plan_weight_gradient(x, dy) + self._plan_scatter(dy, dx), dx

    def _plan_weight_gradient(self, x: NDArray[np.floating], dz: NDArray[np.floating]) -> list[Operation]:
        """dL/dW = patches dz^T, summed over all places; of the ones that is dL/db."""
        if self.gradient is None:
            return []
        operations: list[Operation] = []
        share: NDArray[np.floating] = np.empty_like(self.gradient)
        for start, stop in self.patches.parts:
            operations += self.patches.plan_gather(x, start, stop)
            patches, own = self.patches.flat(stop - start), _flatten(dz[:, start:stop])
            operations.append(partial(np.matmul, patches, own.T, self.gradient if start == 0 else share))
            operations += [partial(np.add, self.gradient, share, self.gradient)] if start else []
        return operations

    def _plan_scatter(self, dz: NDArray[np.floating], dx: NDArray[np.floating]) -> list[Operation]:
        """dL/dpatches = W dz, added up where patches overlap."""
        operations: list[Operation] = [partial(dx.fill, 0)]
        for start, stop in self.patches.parts:
            by_patches = self.patches.flat(stop - start)[:-1]
            operations.append(partial(np.matmul, self.matrix[:-1], _flatten(dz[:, start:stop]), by_patches))
            operations += self.patches.plan_scatter(dx, start, stop)
        return [*operations, self.patches.clear]

    def _plan_gradients(
        self, x: NDArray[np.floating], dz: NDArray[np.floating], dx: NDArray[np.floating]
    ) -> list[Operation]:
        """Both gradients from patches of dz, whose pattern is turned round: dL/dx is a convolution of dz with it.

        dL/dW, from the same patches, is x times them. So dz is copied k^2 times, and neither x nor a gradient of its
        patches is.
        """
        kernel, channels, filters = self.window.kernel, self.input_size[0], self.layer.filters
        window = Window(kernel, 1, kernel - 1 - self.window.top, kernel - 1 - self.window.left, *self.input_size[1:3])
        patches = PatchBuffer(window, self.output_size[:3], self.rows, self.dtype, MAX_PATCH_BYTES)
        turned: NDArray[np.floating] = np.zeros((channels, kernel * kernel * filters + 1), self.dtype)
        by_turned: NDArray[np.floating] = np.empty(turned.shape[::-1], self.dtype)
        share: NDArray[np.floating] = np.empty_like(by_turned)
        weights = self.matrix[:-1].reshape(kernel, kernel, channels, filters)[::-1, ::-1]
        size = channels, kernel, kernel, filters
        operations: list[Operation] = [partial(np.copyto, turned[:, :-1].reshape(size), weights.transpose(2, 0, 1, 3))]
        for start, stop in patches.parts:
            operations += patches.plan_gather(dz, start, stop)
            flat = patches.flat(stop - start)
            operations.append(partial(np.matmul, turned, flat, _flatten(dx[:, start:stop])))
            if self.gradient is not None:
                own = _flatten(x[:, start:stop])
                operations.append(partial(np.matmul, flat, own.T, share if start else by_turned))
                operations += [partial(np.add, by_turned, share, by_turned)] if start else []
        if self.gradient is not None:
            gradient = self.gradient[:-1].reshape(kernel, kernel, channels, filters)[::-1, ::-1]
            ones: NDArray[np.floating] = np.ones(math.prod(dz.shape[1:]), self.dtype)
            of_patches = by_turned[:-1].reshape(kernel, kernel, filters, channels)
            operations += [
                partial(np.copyto, gradient, of_patches.transpose(0, 1, 3, 2)),
                partial(np.matmul, dz.reshape(filters, -1), ones, self.gradient[-1]),
            ]
        return operations

    def _create_activations(self) -> list[Activation]:
        """An activation for each part; parts of the same size share one that keeps nothing for the backward pass."""
        kind, created = ACTIVATIONS[self.layer.activation], dict[int, Activation]()
        activations: list[Activation] = []
        for start, stop in self.patches.parts:
            size = (self.layer.filters, (stop - start) * self.window.width * self.rows)
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
