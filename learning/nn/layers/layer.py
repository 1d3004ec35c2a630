"""The base of all layers: the plan of a layer for batches of a fixed number of rows.

Between the layers each column holds the values of one row of the batch, so that a row of ones fits below them without a
gap: it is the input that the biases multiply.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.nn.plan import Operation

Shape = tuple[int, int]


class Parameters(NamedTuple):
    """A layer's matrix, the gradient that backpropagation fills, and whether no layer before it has parameters."""

    matrix: NDArray[np.floating]
    gradient: NDArray[np.floating]
    first: bool


class LayerPlan(ABC):
    """A layer's memory and operations for batches of `rows` rows.

    Attributes:
        outputs: Memory for the outputs, and ones below (units + 1, rows).
        is_random: Whether `resample` must be called before each batch.
    """

    outputs: NDArray[np.floating]
    is_random: ClassVar[bool] = False

    @abstractmethod
    def forward(self, x: NDArray[np.floating], outputs: NDArray[np.floating]) -> list[Operation]:
        """Plan the forward pass from x (inputs, rows), or with ones below, into `outputs`."""

    @abstractmethod
    def backward_parameters(
        self, x: NDArray[np.floating], outputs: NDArray[np.floating], dy: NDArray[np.floating]
    ) -> list[Operation]:
        """Plan how dL/dy (units, rows) fills the gradient of the parameters; dy becomes dL/dz."""

    @abstractmethod
    def backward_input(self, dz: NDArray[np.floating]) -> list[Operation]:
        """Plan backpropagation to the input: `input_gradient` becomes dL/dx (inputs, rows)."""

    @abstractmethod
    def input_gradient(self, dz: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the memory of dL/dx."""

    def seed_with(self, random: np.random.Generator) -> None:  # noqa: B027 - most layers are not random
        """Draw the random numbers of the next batches from a generator."""

    def resample(self) -> None:  # noqa: B027 - most layers are not random
        """Draw new random numbers for the next batch."""
