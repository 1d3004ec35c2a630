"""Patches: what a window that moves over pictures sees at each of its places, as the columns of a matrix (im2col)."""

import math
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.layer import Shape
from learning.nn.plan import Operation


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

    def find_valid(self, offset: int, begin: int, start: int, stop: int, size: int) -> tuple[int, int]:
        """The places from `start` to before `stop` at which a pixel of the window lies within `size` pixels.

        The pixel is `offset` from the window's edge, which begins `begin` beyond that of the picture.
        """
        first = max(start, -(-(begin - offset) // self.stride))
        last = min(stop, (size - 1 + begin - offset) // self.stride + 1)
        return (first, last) if first < last else (start, start)


class PatchBuffer:
    """Memory for the patches at some rows of places: (kernel^2 channels + 1, places, rows), and ones at the end.

    What lies beyond the edge stays 0: every part leaves out the same columns, and clears the rows that it leaves out.

    Attributes:
        parts: The first row of places of each part, and the one after its last.
    """

    def __init__(
        self, window: Window, input_shape: Shape, rows: int, dtype: np.dtype[np.floating], max_bytes: int
    ) -> None:
        self.window, (channels, self._height, self._width) = window, input_shape
        kernel = window.kernel
        row_bytes = (kernel**2 * channels + 1) * window.width * max(rows, 1) * dtype.itemsize
        count = -(-window.height // max(1, max_bytes // row_bytes))
        bounds = [window.height * number // count for number in range(count + 1)]
        self.parts = list(pairwise(bounds))
        tallest = max(stop - start for start, stop in self.parts)
        size = tallest, window.width, rows
        self._memory: NDArray[np.floating] = np.zeros((kernel**2 * channels + 1, *size), dtype)
        self._memory[-1] = 1
        self._slabs = self._memory[:-1].reshape(kernel, kernel, channels, *size)

    def flat(self, height: int) -> NDArray[np.floating]:
        """View the patches at so many rows of places as a matrix (kernel^2 channels + 1, places x rows)."""
        length = height * math.prod(self._memory.shape[2:])
        return self._memory.reshape(len(self._memory), -1)[:, :length]

    def clear(self) -> None:
        """Set all patches to 0, but for the ones."""
        self._memory[:-1] = 0

    def plan_gather(self, x: NDArray[np.floating], start: int, stop: int) -> list[Operation]:
        """Plan to copy the patches of x (channels, height, width, rows) at these rows of places."""
        operations: list[Operation] = []
        for slab, (own_rows, own_columns), pixels in self._list_slabs(start, stop):
            target = slab[:, : stop - start]
            if own_rows.start > 0:
                operations.append(partial(target[:, : own_rows.start].fill, 0))
            if own_rows.stop < stop - start:
                operations.append(partial(target[:, own_rows.stop :].fill, 0))
            if own_rows.start < own_rows.stop and own_columns.start < own_columns.stop:
                operations.append(partial(np.copyto, target[:, own_rows, own_columns], x[:, *pixels]))
        return operations

    def plan_scatter(self, dx: NDArray[np.floating], start: int, stop: int) -> list[Operation]:
        """Plan to add the values of the patches at these rows of places to the pixels of dx that they lie over."""
        operations: list[Operation] = []
        for slab, (own_rows, own_columns), pixels in self._list_slabs(start, stop):
            part, own = dx[:, *pixels], slab[:, own_rows, own_columns]
            operations.append(partial(np.add, part, own, part))
        return operations

    def _list_slabs(
        self, start: int, stop: int
    ) -> list[tuple[NDArray[np.floating], tuple[slice, slice], tuple[slice, slice]]]:
        """For each pixel of the window its patches' values, the places that are within the picture, and the pixels."""
        window, stride = self.window, self.window.stride
        found: list[tuple[NDArray[np.floating], tuple[slice, slice], tuple[slice, slice]]] = []
        for i, j in product(range(window.kernel), repeat=2):
            top, bottom = window.find_valid(i, window.top, start, stop, self._height)
            left, right = window.find_valid(j, window.left, 0, window.width, self._width)
            y, x = top * stride + i - window.top, left * stride + j - window.left
            pixels = (
                slice(y, y + (bottom - top - 1) * stride + 1, stride) if bottom > top else slice(0, 0),
                slice(x, x + (right - left - 1) * stride + 1, stride) if right > left else slice(0, 0),
            )
            found.append((self._slabs[i, j], (slice(top - start, bottom - start), slice(left, right)), pixels))
        return found
