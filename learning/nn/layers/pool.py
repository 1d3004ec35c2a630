"""Pooling: each square of pixels becomes one, its largest value or its mean; so layers behind it see more at once."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.nn.layers.image_shape import require_image
from learning.nn.layers.layer import LayerPlan, LayerSpec, Shape
from learning.nn.plan import Operation, scalar


@dataclass(frozen=True, kw_only=True)
class Pool(LayerSpec):
    """Pooling: each square of pixels becomes one, so that a picture gets smaller and small shifts matter less."""

    type: Literal["pool"] = "pool"
    kind: Literal["max", "mean"] = field(
        default="max",
        metadata=describe(
            "What a square of pixels becomes.",
            {"max": "Its largest value: whether a pattern is anywhere in it.", "mean": "The mean of its values."},
        ),
    )
    size: Annotated[int, Ge(2), Le(64)] | Literal["global"] = field(
        default=2,
        metadata=describe(
            "Height and width of the squares in pixels, or `global`: the whole picture becomes one pixel. Rows and "
            "columns that fill no square are left out."
        ),
    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (channels, height / size, width / size), rounded down.

        Raises:
            LayerMisfit: if the inputs are no picture, or one smaller than a square.
        """
        channels, height, width = require_image(input_shape, 1 if self.size == "global" else self.size)
        return (channels, 1, 1) if self.size == "global" else (channels, height // self.size, width // self.size)

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        kind = GlobalPoolPlan if self.size == "global" else PoolPlan
        return kind(self, input_shape, rows, parameters.dtype)


class PoolPlan(LayerPlan):
    """The forward and backward pass of pooling by squares: first of the rows of each, then of the columns of that.

    Rows lie together in memory, so that most is done at full speed; columns are slabs of every size-th one. Of equal
    maxima one gets the whole gradient.
    """

    def __init__(self, layer: Pool, input_shape: Shape, rows: int, dtype: np.dtype[np.floating]) -> None:
        super().__init__(input_shape, rows, dtype)
        size = int(layer.size)
        channels, height, width = layer.output_shape(input_shape)
        self.rows_of_squares, self.width = (channels, height, input_shape[2], rows), width * size
        kind = _MaxStep if layer.kind == "max" else _MeanStep
        self._down = kind(1, size, self.rows_of_squares, dtype)
        self._across = kind(2, size, (channels, height, width, rows), dtype)
        self._between: NDArray[np.floating] = np.empty(self.rows_of_squares, dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = the maximum or the mean of the rows, and of the columns of that."""
        return [*self._down.forward(x, self._between), *self._across.forward(self._between[:, :, : self.width], y)]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """dL/dx = dL/dy where a pixel is the maximum, or its share of it; 0 in rows and columns that were left out."""
        if not input_gradient:
            return [], dy
        dx: NDArray[np.floating] = np.zeros(self.input_size, self.dtype)
        between: NDArray[np.floating] = np.zeros(self.rows_of_squares, self.dtype)
        return [
            *self._across.backward(self._between[:, :, : self.width], dy, between[:, :, : self.width]),
            *self._down.backward(x, between, dx),
        ], dx


class _PoolStep(ABC):
    """Pooling along one axis: each `size` neighbours become one, which are slabs of every size-th."""

    def __init__(self, axis: int, size: int, output_size: Shape, dtype: np.dtype[np.floating]) -> None:
        self.axis, self.size, self.output_size, self.dtype = axis, size, output_size, dtype

    def _list_slabs(self, x: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """View the values at the same place of all neighbours, for each place."""
        stop = self.output_size[self.axis] * self.size
        return [x[(slice(None),) * self.axis + (slice(place, stop, self.size),)] for place in range(self.size)]

    @abstractmethod
    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Plan to pool x into y."""

    @abstractmethod
    def backward(self, x: NDArray[np.floating], dy: NDArray[np.floating], dx: NDArray[np.floating]) -> list[Operation]:
        """Plan to pass the gradient dy back to dx; dy may be overwritten."""


class _MaxStep(_PoolStep):
    """The maximum is taken slab by slab; its gradient goes to a slab if that is larger than the maximum before it."""

    def __init__(self, axis: int, size: int, output_size: Shape, dtype: np.dtype[np.floating]) -> None:
        super().__init__(axis, size, output_size, dtype)
        # the maxima of the first two slabs, three, and so on; those of all are the outputs
        self._maxima: list[NDArray[np.floating]] = [np.empty(output_size, dtype) for _ in range(size - 2)]

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        first, *others = self._list_slabs(x)
        maxima = [first, *self._maxima, y]
        return [
            partial(np.maximum, before, slab, out=after)
            for before, slab, after in zip(maxima, others, maxima[1:], strict=False)
        ]

    def backward(self, x: NDArray[np.floating], dy: NDArray[np.floating], dx: NDArray[np.floating]) -> list[Operation]:
        operations: list[Operation] = []
        mask: NDArray[np.floating] = np.empty(self.output_size, self.dtype)
        slabs, by_slabs = self._list_slabs(x), self._list_slabs(dx)
        befores = [slabs[0], *self._maxima]
        for slab, by_slab, before in zip(slabs[:0:-1], by_slabs[:0:-1], befores[::-1], strict=True):
            operations += [partial(np.greater, slab, before, mask), partial(np.multiply, dy, mask, by_slab)]
            last = before is slabs[0]
            operations.append(partial(np.subtract, dy, by_slab, by_slabs[0] if last else dy))
        return operations


class _MeanStep(_PoolStep):
    """The mean of the slabs, each of which gets its share of the gradient."""

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        first, *others = self._list_slabs(x)
        sums = [partial(np.add, y if number else first, slab, y) for number, slab in enumerate(others)]
        return [*sums, partial(np.multiply, y, scalar(1 / self.size, self.dtype), y)]

    def backward(self, x: NDArray[np.floating], dy: NDArray[np.floating], dx: NDArray[np.floating]) -> list[Operation]:
        share = scalar(1 / self.size, self.dtype)
        return [partial(np.multiply, dy, share, by_slab) for by_slab in self._list_slabs(dx)]


class GlobalPoolPlan(LayerPlan):
    """The forward and backward pass of pooling whole pictures; equal maxima share the gradient."""

    def __init__(self, layer: Pool, input_shape: Shape, rows: int, dtype: np.dtype[np.floating]) -> None:
        super().__init__(input_shape, rows, dtype)
        self.is_max, pixels = layer.kind == "max", math.prod(input_shape[1:])
        self.flat_size = (input_shape[0], pixels, rows)
        self.share = scalar(1 / pixels, dtype)
        self._counts: NDArray[np.floating] = np.empty((input_shape[0], rows), dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = the maximum or the mean over all places."""
        flat, out = x.reshape(self.flat_size), y.reshape(self._counts.shape)
        if self.is_max:
            return [partial(np.maximum.reduce, flat, axis=1, out=out)]
        return [partial(np.add.reduce, flat, axis=1, out=out), partial(np.multiply, out, self.share, out)]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """dL/dx = dL/dy at the largest value, or its share of it everywhere."""
        if not input_gradient:
            return [], dy
        dx: NDArray[np.floating] = np.empty(self.input_size, self.dtype)
        flat, by_y, counts = dx.reshape(self.flat_size), dy.reshape(self._counts.shape), self._counts
        if not self.is_max:
            return [partial(np.multiply, by_y[:, None], self.share, flat)], dx
        return [
            partial(np.equal, x.reshape(self.flat_size), y.reshape(counts.shape)[:, None], flat),
            partial(np.add.reduce, flat, axis=1, out=counts),
            partial(np.divide, by_y, counts, counts),
            partial(np.multiply, flat, counts[:, None], flat),
        ], dx
