"""Winograd's convolution (Winograd 1980; Lavin & Gray 2016) down the columns of pictures, for 3 x 3: F(4, 3).

Four rows of places see six rows of pixels. Transformed by small matrices of constants, they take six products with
patches of a single row where twelve are needed otherwise. Patches are as wide as the window: transforming the columns
as well would take products too small to be fast, as the rows of a batch lie last.
"""

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.layer import Shape
from learning.nn.layers.patches import GAP_BYTES, Window, join_columns
from learning.nn.plan import Operation

TILE: Final = 4
"""Rows of places that are computed together."""

PIXELS: Final = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
WEIGHTS: Final = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
SUMS: Final = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]])
"""The transforms of six pixels, of three weights, and of six products to four sums; B^T, G and A^T in their paper."""


class WinogradProducts:
    """The products of patches of 3 x 3 pixels with patterns, four rows of places at a time; as `PatchProducts`."""

    def __init__(
        self, window: Window, input_shape: Shape, filters: int, rows: int, dtype: np.dtype[np.floating]
    ) -> None:
        self._window, (channels, self._height, width), count = window, input_shape, len(PIXELS)
        self.parts = [slice(start, min(start + TILE, window.height)) for start in range(0, window.height, TILE)]
        self._by_pixels, self._by_weights, self._by_sums = (each.astype(dtype) for each in (PIXELS, WEIGHTS, SUMS))
        length = window.width * rows
        pitch = length + GAP_BYTES // dtype.itemsize
        self._patterns: NDArray[np.floating] = np.empty((count, window.kernel * channels, filters), dtype)
        self._products: NDArray[np.floating] = np.zeros((count, filters, pitch), dtype)[..., :length]
        pixels: NDArray[np.floating] = np.zeros((count, window.kernel, channels, pitch), dtype)
        self._patches = pixels.reshape(count, -1, pitch)[..., :length]
        self._columns: list[tuple[slice, NDArray[np.floating]]] = []
        for column in range(window.kernel):
            left, right = window.find_valid(column, width)
            first = left + column - window.left
            own = pixels[:, column, :, left * rows : right * rows].transpose(1, 0, 2)
            self._columns.append((slice(first, first + right - left), own))

    def plan(
        self,
        x: NDArray[np.floating],
        weights: NDArray[np.floating],
        sums: NDArray[np.floating] | None = None,
        gradient: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
    ) -> list[list[Operation]]:
        """Plan the products for each part of the rows of places; as `PatchProducts.plan`."""
        planned = [self._plan_transform(x, part.start) for part in self.parts]
        if sums is not None:
            planned[0] += self._plan_patterns(weights)
            turned = self._patterns.transpose(0, 2, 1)
            for part, operations in zip(self.parts, planned, strict=True):
                by_sums = self._by_sums[: part.stop - part.start]
                own = join_columns(sums[:, part])
                operations.append(partial(np.matmul, turned, self._patches, self._products))
                operations.append(partial(np.matmul, by_sums, self._products.transpose(1, 0, 2), own))
        if gradient is not None:
            self._plan_gradient(planned, *gradient)
        return planned

    def _plan_patterns(self, weights: NDArray[np.floating]) -> list[Operation]:
        """Plan to transform patterns (3, 3, channels, filters)."""
        flat = self._patterns.reshape(len(PIXELS), -1)
        return [partial(np.matmul, self._by_weights, weights.reshape(len(weights), -1), flat)]

    def _plan_gradient(
        self, planned: list[list[Operation]], by_sums: NDArray[np.floating], by_weights: NDArray[np.floating]
    ) -> None:
        """Plan the gradient by patterns, as that by transformed ones, which all parts add to."""
        total, share = np.empty_like(self._patterns), np.empty_like(self._patterns)
        by_products = self._products.transpose(1, 0, 2)
        for part, operations in zip(self.parts, planned, strict=True):
            transform = self._by_sums[: part.stop - part.start].T
            product = self._products.transpose(0, 2, 1), share if part.start else total
            operations.append(partial(np.matmul, transform, join_columns(by_sums[:, part]), by_products))
            operations.append(partial(np.matmul, self._patches, *product))
            if part.start:
                operations.append(partial(np.add, total, share, total))
        flat = total.reshape(len(PIXELS), -1)
        planned[-1].append(partial(np.matmul, self._by_weights.T, flat, by_weights.reshape(len(by_weights), -1)))

    def _plan_transform(self, x: NDArray[np.floating], start: int) -> list[Operation]:
        """Plan to transform the pixels that four rows of places see, from row `start` on."""
        top = start - self._window.top
        first, last = max(top, 0), min(top + len(PIXELS), self._height)
        by_pixels = self._by_pixels[:, first - top : last - top]
        return [
            partial(np.matmul, by_pixels, join_columns(x[:, first:last, columns]), own)
            for columns, own in self._columns
        ]
