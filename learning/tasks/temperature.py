"""Temperature scaling (Guo et al. 2017): one number that logits are divided by, so that probabilities are true.

It changes no order of classes, and makes nets that are too sure less so. None is made surer: the rows that it is fitted
on chose the epoch of each net, and so make nets look better than they are.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.losses import create_loss

MIN_ROWS: Final = 50
"""With fewer rows the temperature is left at 1."""

MAX_TEMPERATURE: Final = 5.0
STEPS: Final = 30
"""Each divides the interval of the logarithm by 1.6, after all of them to less than one part in a million."""


def fit_temperature(
    logits: NDArray[np.floating], y: NDArray[np.integer], weights: NDArray[np.floating] | None, classes: int
) -> float:
    """Return the temperature from 1 on with the least log loss of rows, by golden-section search: it has one minimum.

    Args:
        logits: The logits (rows, outputs) of rows that the net did not learn from.
        y: Their class numbers (rows,).
        weights: How much each counts (rows,); None: all the same.
        classes: The number of classes.
    """
    if len(logits) < MIN_ROWS:
        return 1.0
    loss, z = create_loss("cross_entropy", classes), logits.astype(np.float64)
    targets = loss.targets(y, np.float64)

    def measure(log_temperature: float) -> float:
        losses = loss.values(z / math.exp(log_temperature), targets)
        return float(np.average(np.nan_to_num(losses).reshape(len(z)), weights=weights))

    ratio = (math.sqrt(5) - 1) / 2
    low, high = 0.0, math.log(MAX_TEMPERATURE)
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = measure(left), measure(right)
    for _ in range(STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = measure(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = measure(right)
    return math.exp((low + high) / 2) if low else 1.0
