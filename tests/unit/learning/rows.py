"""Encoded rows for tests, without a table."""

import numpy as np

from learning.data.arrays import ArrayDataset
from learning.tasks import Target
from learning.tasks.classification import ClassTarget
from learning.tasks.regression import RegressionTarget


def create_target(classes: int = 0, mean: float = 0.0, scale: float = 1.0) -> Target:
    """A target of so many classes, named a, b, c and so on, or 0: a number."""
    if classes:
        return ClassTarget(classes=tuple([chr(ord("a") + number) for number in range(classes)]))
    return RegressionTarget(mean=mean, scale=scale)


def create_rows(
    x: np.ndarray,
    y: np.ndarray,
    classes: int = 0,
    *,
    mean: float = 0.0,
    scale: float = 1.0,
    weights: np.ndarray | None = None,
) -> ArrayDataset:
    """Rows with these inputs and encoded targets."""
    return ArrayDataset(x, y, create_target(classes, mean, scale), weights)
