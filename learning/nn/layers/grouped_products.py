"""The products of a convolution by groups: those of each group's patches with its patterns, side by side.

They take fewer multiplications where there are enough of them to take most of the time of a convolution.
"""

from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.layer import Shape
from learning.nn.layers.patches import PatchProducts, Window
from learning.nn.layers.winograd import WinogradProducts
from learning.nn.plan import Operation

MIN_WINOGRAD_CHANNELS: Final = 16
"""The minimum channels of inputs and outputs of Winograd's convolution."""


class GroupedProducts:
    """The products of patches with the patterns of each group, which see the channels of that group alone.

    Args:
        window: The places.
        input_shape: The shape of a picture (channels, height, width).
        filters: The number of patterns of all groups.
        rows: The number of pictures.
        dtype: The dtype of all values.
        groups: The number of groups that channels and patterns are divided into, in their order.
    """

    def __init__(
        self,
        window: Window,
        input_shape: Shape,
        filters: int,
        rows: int,
        dtype: np.dtype[np.floating],
        *,
        groups: int = 1,
    ) -> None:
        shape, own = (input_shape[0] // groups, *input_shape[1:]), filters // groups
        kind = choose_products(window, shape[0], own)
        self._products = [kind(window, shape, own, rows, dtype) for _ in range(groups)]
        self.parts = self._products[0].parts

    def plan(
        self,
        x: NDArray[np.floating],
        weights: NDArray[np.floating],
        sums: NDArray[np.floating] | None = None,
        gradient: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
    ) -> list[list[Operation]]:
        """Plan the products for each part of the rows of places; as `PatchProducts.plan`, for all groups.

        Patterns, and the gradient by them, are (groups, kernel, kernel, channels of a group, filters of a group).
        """
        count = len(self._products)
        planned: list[list[list[Operation]]] = []
        for group, (products, own_x) in enumerate(zip(self._products, np.split(x, count), strict=True)):
            own_sums = None if sums is None else np.split(sums, count)[group]
            own_gradient = None if gradient is None else (np.split(gradient[0], count)[group], gradient[1][group])
            planned.append(products.plan(own_x, weights[group], own_sums, own_gradient))
        return [list(chain.from_iterable(part)) for part in zip(*planned, strict=True)]


def choose_products(window: Window, channels: int, filters: int) -> type[PatchProducts | WinogradProducts]:
    """Return what computes a convolution: Winograd's where products are large enough to take most of its time."""
    is_small = (window.kernel, window.stride) != (3, 1) or min(filters, channels) < MIN_WINOGRAD_CHANNELS
    return PatchProducts if is_small else WinogradProducts
