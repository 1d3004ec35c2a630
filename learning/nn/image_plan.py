"""The layers of a net that see pictures, planned for a slice of them, whose values stay in the processor's cache."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.inputs import ImageInput
from learning.nn.layers.layer import LayerSpec
from learning.nn.layers.stack import PlacedLayer, StackPlan
from learning.nn.plan import Operation, execute

MAX_SLICE_BYTES: Final = 5 * 2**18
"""The limit of the values of a slice's widest layer: with their gradients they fit a cache of 2 MB."""

SLICE_ROWS: Final = (8, 16, 32)
"""The sizes of a slice; each row of its values begins where the processor reads fastest."""


class ImagePlan:
    """The layers that see pictures, for `rows` of them: from bytes of pixels to features.

    Args:
        image: What pictures are scaled by.
        layers: The layers, first to last.
        parameters: Their parameters.
        gradients: Memory for the gradient of each; None: only the gradient by the pixels is wanted.
        rows: The number of pictures.
    """

    def __init__(
        self,
        image: ImageInput,
        layers: Sequence[LayerSpec],
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        rows: int,
    ) -> None:
        self.rows = rows
        self.stack = StackPlan(layers, parameters, gradients, image.shape, rows)
        self.size = (*self.stack.output_shape, rows)
        dtype = parameters.dtype
        deviations = np.array(image.deviations)
        self._scale = (1 / (255 * deviations)).astype(dtype)[:, None, None, None]
        self._offset = (np.array(image.means) / deviations).astype(dtype)[:, None, None, None]
        self.pixels: NDArray[np.floating] = np.empty((*image.shape, rows), dtype)
        if layers:
            self.pixels = self.stack.layers[0].inputs
        self._backward: list[Operation] | None = None
        self._forward: list[Operation] | None = None

    def compute_features(self, images: NDArray[np.uint8], out: NDArray[np.floating]) -> None:
        """Write the features of pictures (rows, channels, height, width) into `out` (rows, features)."""
        if self._forward is None:
            self._features: NDArray[np.floating] = np.empty((out.shape[1], self.rows), out.dtype)
            self._forward = self.plan_layers(self._features)
        execute(self.plan_pixels(images))
        execute(self._forward)
        out[...] = self._features.T

    def plan_pixels(self, images: NDArray[np.uint8]) -> list[Operation]:
        """Plan how pictures (rows, channels, height, width) are scaled."""
        return [
            partial(np.multiply, images.transpose(1, 2, 3, 0), self._scale, self.pixels),
            partial(np.subtract, self.pixels, self._offset, self.pixels),
        ]

    def plan_layers(self, features: NDArray[np.floating]) -> list[Operation]:
        """Plan the forward pass from the scaled pixels to features (features, rows)."""
        out = features.reshape(self.size)
        return self.stack.forward(self.pixels, out) if self.stack.layers else [partial(np.copyto, out, self.pixels)]

    def plan_gradients(self, features: NDArray[np.floating], by_features: NDArray[np.floating]) -> list[Operation]:
        """Plan the backward pass from the gradient by the features, in memory that is the same in every call."""
        if self._backward is None:
            out, by_out = features.reshape(self.size), by_features.reshape(self.size)
            self._backward = self.stack.backward(self.pixels, out, by_out, input_gradient=False)[0]
        return self._backward

    def plan_pixel_gradients(
        self, features: NDArray[np.floating], by_features: NDArray[np.floating]
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """Plan the backward pass to the pixels, once; returns it and the memory of the gradient by the scaled pixels.

        The gradient by the features is overwritten.
        """
        out, by_out = features.reshape(self.size), by_features.reshape(self.size)
        return self.stack.backward(self.pixels, out, by_out, input_gradient=True)


def split_evenly(rows: int, most: int) -> list[tuple[int, int]]:
    """Split rows into as few slices of at most `most` as there can be, whose sizes differ by one at most."""
    count = -(-rows // most)
    bounds = [rows * number // max(count, 1) for number in range(count + 1)]
    return list(pairwise(bounds))


def choose_slice_rows(layers: Sequence[PlacedLayer]) -> int:
    """Return the most rows of a slice: such that the values of the widest layer fit the processor's cache."""
    widest = max((int(np.prod(leaf.output_shape)) for layer in layers for leaf in layer.leaves()), default=1)
    return max((rows for rows in SLICE_ROWS if 4 * rows * widest <= MAX_SLICE_BYTES), default=SLICE_ROWS[0])
