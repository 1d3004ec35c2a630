"""The protocol of an activation function: it is planned beside its derivative, both as lists of operations in place.

Without their nonlinearity, many layers would compute no more than a single one.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.plan import Operation, scalar


class Activation(ABC):
    """One activation function, with scratch memory for batches of one shape (rows, units).

    Attributes:
        keeps_state: Whether the backward pass reads what the forward pass left in the scratch memory.
    """

    description: ClassVar[str]
    keeps_state: ClassVar[bool] = False

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        self.scratch: NDArray[np.floating] = np.empty(shape, dtype)
        self.one, self.half = scalar(1, dtype), scalar(0.5, dtype)

    @abstractmethod
    def forward(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan z becomes y = f(z)."""

    def forward_to_learn(self, z: NDArray[np.floating]) -> list[Operation]:
        """Plan the same where a backward pass always follows, which then may do less; by default it is the same."""
        return self.forward(z)

    @abstractmethod
    def backward(self, y: NDArray[np.floating], dy: NDArray[np.floating]) -> list[Operation]:
        """Plan dL/dy becomes dL/dz = dL/dy * f'(z), once after `forward`; y may be overwritten."""
