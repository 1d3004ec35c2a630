"""Dropout layer (Srivastava et al. 2014): random values are zero in training; predictions use all of them."""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import DTypeLike, NDArray

from learning.descriptions import describe
from learning.nn.layers.layer import LayerPlan, Parameters, Shape
from learning.nn.plan import Operation, scalar


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """Dropout layer: sets random values to zero in training, so that no neuron relies on a single other one."""

    type: Literal["dropout"] = "dropout"
    rate: Annotated[float, Ge(0.0), Lt(1.0)] = field(
        metadata=describe("Dropout rate: probability of each value to be zeroed; the others grow by 1 / (1 - rate).")
    )

    def count_outputs(self, inputs: int) -> int:
        """Return how many values come out for a row: as many as go in."""
        return inputs

    def parameter_shape(self, inputs: int) -> Shape | None:  # noqa: ARG002 - nothing is learned
        """Return None: it has no parameters."""
        return None

    def create_plan(self, parameters: Parameters | None, inputs: int, rows: int, dtype: DTypeLike) -> LayerPlan:  # noqa: ARG002
        """Create its plan for batches of `rows` rows."""
        return DropoutPlan(self, inputs, rows, dtype)


class DropoutPlan(LayerPlan):
    """A dropout layer's forward and backward pass.

    The rate is met to the nearest 1/65,536: comparing 16 random bits costs a fifth of comparing a random number.
    """

    is_random = True

    def __init__(self, layer: Dropout, units: int, rows: int, dtype: DTypeLike) -> None:
        threshold = min(round(layer.rate * 65536), 65535)
        self.drop_threshold = np.array(threshold, np.uint16)
        self.scale = scalar(65536 / (65536 - threshold), dtype)
        self.mask: NDArray[np.floating] = np.empty((units, rows), dtype)
        self.outputs: NDArray[np.floating] = np.ones((units + 1, rows), dtype)
        self.random = np.random.default_rng(0)  # until it is seeded

    def seed_with(self, random: np.random.Generator) -> None:
        """Draw the masks of the next batches from a generator."""
        self.random = random

    def resample(self) -> None:
        """Draw the mask of the next batch: 0 for a dropped value and 1 / (1 - rate) elsewhere."""
        size, mask = self.mask.size, self.mask
        bits = self.random.bit_generator.random_raw(-(-size // 4)).view(np.uint16)[:size].reshape(mask.shape)
        np.greater_equal(bits, self.drop_threshold, mask)
        np.multiply(mask, self.scale, mask)

    def forward(self, x: NDArray[np.floating], outputs: NDArray[np.floating]) -> list[Operation]:
        """Y = x mask, whose expected sum is that of x."""
        units = len(self.mask)
        return [partial(np.multiply, x[:units], self.mask, outputs[:units])]

    def backward_parameters(
        self,
        x: NDArray[np.floating],  # noqa: ARG002 - nothing is learned
        outputs: NDArray[np.floating],  # noqa: ARG002 - nothing is learned
        dy: NDArray[np.floating],  # noqa: ARG002 - nothing is learned
    ) -> list[Operation]:
        """There are no parameters."""
        return []

    def backward_input(self, dz: NDArray[np.floating]) -> list[Operation]:
        """dL/dx = dL/dy mask, in place."""
        return [partial(np.multiply, dz, self.mask, dz)]

    def input_gradient(self, dz: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the memory of dL/dx, that of dL/dy."""
        return dz
