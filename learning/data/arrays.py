"""Rows that a net can learn from: numbers in, the right answers beside them.

Encoders make them out of a dataset's columns; from here on there are no names, types or units, only matrices.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ArrayDataset:
    """Inputs and the answers that the net should give.

    Attributes:
        x: The inputs, float32 (rows, width), C-contiguous.
        y: Regression: the target, standardised, float32 (rows, 1). Classes: their numbers from 0, int64 (rows,).
        classes: How many classes there are; 0 for regression.
        mean: Regression: what was taken off the target, in its own units.
        scale: Regression: what the target was then divided by, so that `y * scale + mean` is the target again.

    Raises:
        ValueError: if the shapes do not fit each other, or a class number is out of range.
    """

    x: NDArray[np.floating]
    y: NDArray[np.floating] | NDArray[np.int64]
    classes: int = 0
    mean: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        shape = (len(self.x),) if self.classes else (len(self.x), 1)
        if self.x.ndim != 2 or self.y.shape != shape:
            raise ValueError(f"x {self.x.shape} and y {self.y.shape} do not fit: y should be {shape}")
        if self.classes and len(self.y) and not (self.y.min() >= 0 and self.y.max() < self.classes):
            raise ValueError(f"class numbers must be from 0 to {self.classes - 1}")

    def __len__(self) -> int:
        return len(self.x)

    @property
    def width(self) -> int:
        """How many numbers go into the net for each row."""
        return self.x.shape[1]

    @property
    def outputs(self) -> int:
        """How many numbers come out of it: one logit for two classes, one for each of more, one for a number."""
        return self.classes if self.classes > 2 else 1
