"""Patches: what a window that moves over pictures sees at each of its places, as the columns of a matrix (im2col)."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from learning.nn.layers.layer import Shape
from learning.nn.plan import Operation

GAP_BYTES: Final = 64
"""Memory between lines of patches: where these are a power of two apart, they displace each other in the cache."""

MAX_PART_BYTES: Final = 2**18
"""The maximum memory of sums that are computed and activated at a time, while they are in the processor's cache."""


@dataclass(frozen=True)
class Window:
    """A square window at the places that it moves over.

    Attributes:
        kernel: Its height and width.
        stride: The pixels between two places.
        top, left: How far it begins beyond the edge of the picture.
        height, width: The number of places, down and across.
    """

    kernel: int
    stride: int
    top: int
    left: int
    height: int
    width: int

    @classmethod
    def of(cls, input_shape: Shape, kernel: int, stride: int, *, same: bool) -> "Window":
        """The places over a picture (channels, height, width): all within it, or as many as it has pixels / stride."""
        _, height, width = input_shape
        if not same:
            return cls(kernel, stride, 0, 0, (height - kernel) // stride + 1, (width - kernel) // stride + 1)
        rows, columns = -(-height // stride), -(-width // stride)
        top, left = ((n - 1) * stride + kernel - size for n, size in ((rows, height), (columns, width)))
        return cls(kernel, stride, max(top, 0) // 2, max(left, 0) // 2, rows, columns)

    def find_valid(self, column: int, width: int) -> tuple[int, int]:
        """The first place and the one after the last at which a column of the window lies within the picture."""
        first = max(0, -(-(self.left - column) // self.stride))
        last = min(self.width, (width - 1 + self.left - column) // self.stride + 1)
        return (first, last) if first < last else (0, 0)


class PatchRows:
    """The rows of pictures, each once for every column of a window that moves over them, shifted by that column.

    So the patches of a row of places are `kernel` rows one below the other, a matrix without a copy of its own, and a
    pixel is copied once for each column of the window and not for each of its pixels. What lies beyond the edge is 0.

    Attributes:
        patches: The patches (height, kernel^2 channels, width x rows) of each row of places, which overlap in memory.
    """

    def __init__(self, window: Window, input_shape: Shape, rows: int, dtype: np.dtype[np.floating]) -> None:
        self._window, (channels, self._height, self._width) = window, input_shape
        length, kernel = window.width * rows, window.kernel
        pitch = length + GAP_BYTES // dtype.itemsize
        height = (window.height - 1) * window.stride + kernel
        memory: NDArray[np.floating] = np.zeros((height, kernel, channels, pitch), dtype)
        self._rows = memory[..., :length].reshape(height, kernel, channels, window.width, rows)
        row, _, line, item = memory.strides
        size = window.height, kernel**2 * channels, length
        self.patches: NDArray[np.floating] = as_strided(memory, size, (window.stride * row, line, item))

    def clear(self) -> None:
        """Set all to 0."""
        self._rows[...] = 0

    def plan_gather(self, x: NDArray[np.floating]) -> list[Operation]:
        """Plan to copy the rows of x (channels, height, width, rows)."""
        return [partial(np.copyto, own, pixels) for own, pixels in self._pair_pixels(x)]

    def plan_scatter(self, dx: NDArray[np.floating]) -> list[Operation]:
        """Plan to add the values of the rows to the pixels of dx that they are of."""
        return [partial(np.add, pixels, own, pixels) for own, pixels in self._pair_pixels(dx)]

    def _pair_pixels(self, x: NDArray[np.floating]) -> list[tuple[NDArray[np.floating], NDArray[np.floating]]]:
        """For each column of the window its values within the picture, and the pixels of x that these are of."""
        window, by_rows = self._window, x.transpose(1, 0, 2, 3)
        height = min(self._height, len(self._rows) - window.top)
        found: list[tuple[NDArray[np.floating], NDArray[np.floating]]] = []
        for column in range(window.kernel):
            left, right = window.find_valid(column, self._width)
            first = left * window.stride + column - window.left
            pixels = by_rows[:height, :, first : first + (right - left - 1) * window.stride + 1 : window.stride]
            if left < right:
                found.append((self._rows[window.top : window.top + height, column, :, left:right], pixels))
        return found


class PatchProducts:
    """The products of patches with patterns, one for each row of places: their sums, and the gradient by the patterns.

    Args:
        window: The places.
        input_shape: The shape of a picture (channels, height, width).
        filters: The number of patterns.
        rows: The number of pictures.
        dtype: The dtype of all values.
    """

    def __init__(
        self, window: Window, input_shape: Shape, filters: int, rows: int, dtype: np.dtype[np.floating]
    ) -> None:
        self._gathered = PatchRows(window, input_shape, rows, dtype)
        row_bytes = filters * window.width * max(rows, 1) * dtype.itemsize
        count = -(-window.height // max(1, MAX_PART_BYTES // row_bytes))
        bounds = [window.height * number // count for number in range(count + 1)]
        self.parts = [slice(*part) for part in pairwise(bounds)]

    def plan(
        self,
        x: NDArray[np.floating],
        weights: NDArray[np.floating],
        sums: NDArray[np.floating] | None = None,
        gradient: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
    ) -> list[list[Operation]]:
        """Plan the products for each part of the rows of places.

        Args:
            x: The pixels (channels, height, width, rows).
            weights: The patterns (kernel, kernel, channels, filters).
            sums: Memory for the sum of each pattern at each place (filters, height, width, rows); None: not wanted.
            gradient: The gradient of the loss by such sums, and memory for that by the patterns; None: not wanted.
        """
        patches, matrix = self._gathered.patches, weights.reshape(-1, weights.shape[-1])
        planned: list[list[Operation]] = [[] for _ in self.parts]
        planned[0] += self._gathered.plan_gather(x)
        for part, operations in zip(self.parts, planned, strict=True):
            if sums is not None:
                operations.append(partial(np.matmul, matrix.T, patches[part], list_rows(sums)[part]))
            if gradient is not None:
                operations.extend(self._plan_gradient(part, *gradient))
        return planned

    def _plan_gradient(
        self, part: slice, by_sums: NDArray[np.floating], by_weights: NDArray[np.floating]
    ) -> list[Operation]:
        """Plan to add up the products of the patches of a part with the gradients of their sums."""
        total = by_weights.reshape(-1, by_weights.shape[-1])
        share: NDArray[np.floating] = np.empty_like(total)
        operations: list[Operation] = []
        for row in range(part.start, part.stop):
            patches, own = self._gathered.patches[row], list_rows(by_sums)[row]
            operations.append(partial(np.matmul, patches, own.T, share if row else total))
            operations += [partial(np.add, total, share, total)] if row else []
        return operations


def list_rows(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """View values (channels, height, width, rows) as matrices (height, channels, width x rows)."""
    return join_columns(values).transpose(1, 0, 2)


def join_columns(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """View values (channels, height, width, rows) as matrices (channels, height, width x rows)."""
    joined = values.reshape(*values.shape[:2], -1)
    if values.size and not np.may_share_memory(joined, values):
        raise ValueError("the values of a picture do not lie together")
    return joined
