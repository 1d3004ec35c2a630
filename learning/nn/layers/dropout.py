"""Dropout layer (Srivastava et al. 2014): random values are zero in training; predictions use all of them."""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.nn.layers.layer import LayerPlan, LayerSpec, RandomLayerPlan, Shape
from learning.nn.plan import Operation, scalar


@dataclass(frozen=True, kw_only=True)
class Dropout(LayerSpec):
    """Dropout layer: sets random values to zero in training, so that no neuron relies on a single other one."""

    type: Literal["dropout"] = "dropout"
    is_pointwise: ClassVar[bool] = True
    rate: Annotated[float, Ge(0.0), Lt(1.0)] = field(
        metadata=describe("Dropout rate: probability of each value to be zeroed; the others grow by 1 / (1 - rate).")
    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        return DropoutPlan(self, input_shape, rows, parameters.dtype)

    def for_inference(self) -> LayerSpec | None:
        """Return None: predictions use all values."""
        return None


class DropoutPlan(RandomLayerPlan):
    """A dropout layer's forward and backward pass.

    The rate is met to the nearest 1/65,536: comparing 16 random bits costs a fifth of comparing a random number.
    """

    def __init__(self, layer: Dropout, input_shape: Shape, rows: int, dtype: np.dtype[np.floating]) -> None:
        super().__init__(input_shape, rows, dtype)
        threshold = min(round(layer.rate * 65536), 65535)
        self.drop_threshold = np.array(threshold, np.uint16)
        self.scale = scalar(65536 / (65536 - threshold), dtype)
        self.mask: NDArray[np.floating] = np.empty(self.input_size, dtype)

    def resample(self) -> None:
        """Draw the mask of the next batch: 0 for a dropped value and 1 / (1 - rate) elsewhere."""
        size, mask = self.mask.size, self.mask
        bits = self.random.bit_generator.random_raw(-(-size // 4)).view(np.uint16)[:size].reshape(mask.shape)
        np.greater_equal(bits, self.drop_threshold, mask)
        np.multiply(mask, self.scale, mask)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = x mask, whose expected sum is that of x."""
        return [partial(np.multiply, x, self.mask, y)]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """dL/dx = dL/dy mask, in place."""
        return [partial(np.multiply, dy, self.mask, dy)] if input_gradient else [], dy
