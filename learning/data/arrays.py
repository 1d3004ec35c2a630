"""`ArrayDataset`: encoded rows as matrices of inputs and targets, without names, types or units."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.tasks.task import Target


@dataclass(frozen=True)
class ArrayDataset:
    """Inputs and targets.

    Attributes:
        x: The inputs, float32 (rows, width), C-contiguous.
        y: The encoded targets (rows, …), of the target's shape and dtype.
        target: What they stand for.
        weights: How much each row counts, float32 (rows,), above 0 and with a mean of 1; None if all count the same.

    Raises:
        ValueError: if the shapes do not fit each other, or a class number is out of range.
    """

    x: NDArray[np.floating]
    y: NDArray[Any]
    target: Target
    weights: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        shape = self.target.shape(len(self.x))
        if self.x.ndim != 2 or self.y.shape != shape:
            raise ValueError(f"x {self.x.shape} and y {self.y.shape} do not fit: y should be {shape}")
        self.target.check_encoded(self.y)

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: NDArray[np.intp]) -> "ArrayDataset":
        """These rows, in their order."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, x=self.x[rows], y=self.y[rows], weights=weights)

    @property
    def width(self) -> int:
        """The number of inputs."""
        return self.x.shape[1]

    @property
    def outputs(self) -> int:
        """The number of logits."""
        return self.target.outputs

    def compute_metrics(self, logits: NDArray[np.floating]) -> dict[str, float | None]:
        """The metrics of a net's logits (rows, outputs) for these rows; None where one is undefined."""
        return self.target.compute_metrics(logits, self.y, self.weights)
