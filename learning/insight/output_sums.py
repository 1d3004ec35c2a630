"""Sums over the outputs of a layer: their mean and deviation, and how many units are dead or outputs saturated."""

import math
from typing import Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import RELU_FAMILY, ActivationName
from learning.nn.layers import Conv, Dense
from learning.nn.layers.stack import PlacedLayer

OUTPUT_RANGES: Final[dict[ActivationName, tuple[float, float]]] = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
"""The range of each bounded activation."""

SATURATION_MARGIN: Final = 0.005
"""Within this share of its range from an end a value is saturated: |tanh| > 0.99, a sigmoid below 0.005 or above 0.995.
There the derivative is below a fiftieth of its maximum, and so is the gradient."""


class OutputSums:
    """A layer of a net, and sums over its outputs (units, …) on the sample, of which more may be added.

    Attributes:
        units: The number of neurons or channels.
        count: How many outputs there were.
        saturated: How many were near an end of their range.
    """

    def __init__(self, placed: PlacedLayer) -> None:
        layer = cast("Conv | Dense", placed.layer)
        self.type: Literal["conv", "dense"] = layer.type
        self.activation: ActivationName = layer.activation
        self.stretch = placed.stretch
        self.units = placed.output_shape[0]
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.count, self.saturated, self._sum, self._squares = 0, 0, 0.0, 0.0
        self._fired = np.zeros(self.units, np.bool_)

    def add(self, values: NDArray[np.floating]) -> None:
        """Add outputs."""
        matrix = values.reshape(len(values), -1)
        self.count += matrix.size
        self._sum += float(matrix.sum(dtype=np.float64))
        self._squares += float(np.square(matrix, dtype=np.float64).sum())
        if self.activation in RELU_FAMILY:
            self._fired |= matrix.any(axis=1)
        elif self.activation in OUTPUT_RANGES:
            low, high = OUTPUT_RANGES[self.activation]
            margin = SATURATION_MARGIN * (high - low)
            self.saturated += int(np.count_nonzero((matrix < low + margin) | (matrix > high - margin)))

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Which units were 0 for every row and at every place (units,), if their activation can be."""
        return ~self._fired if self.activation in RELU_FAMILY else np.zeros(self.units, np.bool_)

    @property
    def mean(self) -> float:
        """The mean of the outputs."""
        return self._sum / self.count

    @property
    def std(self) -> float:
        """Their standard deviation."""
        return math.sqrt(max(self._squares / self.count - self.mean**2, 0.0))
