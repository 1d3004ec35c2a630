"""`ArrayDataset`: encoded rows as matrices of inputs and targets, without names, types or units."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ArrayDataset:
    """Inputs and targets.

    Attributes:
        x: The inputs, float32 (rows, width), C-contiguous.
        y: Regression: the standardised target, float64 (rows, 1). Classification: class numbers, int64 (rows,).
        classes: The number of classes; 0 for regression.
        mean, scale: Regression: `y * scale + mean` is the target in its own units.
        weights: How much each row counts, float32 (rows,), above 0 and with a mean of 1; None if all count the same.

    Raises:
        ValueError: if the shapes do not fit each other, or a class number is out of range.
    """

    x: NDArray[np.floating]
    y: NDArray[np.floating] | NDArray[np.int64]
    classes: int = 0
    mean: float = 0.0
    scale: float = 1.0
    weights: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.x),) if self.classes else (len(self.x), 1)
        if self.x.ndim != 2 or self.y.shape != shape:
            raise ValueError(f"x {self.x.shape} and y {self.y.shape} do not fit: y should be {shape}")
        if self.classes and len(self.y) and not (self.y.min() >= 0 and self.y.max() < self.classes):
            raise ValueError(f"class numbers must be from 0 to {self.classes - 1}")

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
        """The number of logits: one for regression or two classes, else one per class."""
        return self.classes if self.classes > 2 else 1
