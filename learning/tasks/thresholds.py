"""Thresholds of two classes: what comes of predicting the second class from each probability on.

0.5 is the best one only if both errors cost the same.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.tasks.curves import count_by_threshold

MAX_THRESHOLDS: Final = 200
DECILES: Final = 10


@dataclass(frozen=True)
class ThresholdPoint:
    """The rows that are predicted as the class from `threshold` on: those that are of it, and those that are not."""

    threshold: float
    true_positives: int
    false_positives: int


@dataclass(frozen=True)
class GainPoint:
    """The rows whose probability is among the highest `share` of all, and those of the class among them."""

    share: float
    rows: int
    positives: int


@dataclass(frozen=True)
class ThresholdTable:
    """All rows that are of a class and that are not, and how they are divided by thresholds, the highest first.

    `gains` has the rows in steps of a tenth, the most probable first, of which gain and lift are made.
    """

    label: str
    positives: int
    negatives: int
    points: tuple[ThresholdPoint, ...]
    gains: tuple[GainPoint, ...]


def tabulate_thresholds(label: str, scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> ThresholdTable:
    """Tabulate at most 200 thresholds, about as many rows between two of them, and 0.5.

    Args:
        label: The class.
        scores: The probability of the class for each row (rows,).
        positive: Whether each row is of the class (rows,).
    """
    true, false, thresholds = count_by_threshold(scores, positive)
    places = np.arange(len(thresholds))
    if len(places) >= MAX_THRESHOLDS:
        ranks = np.linspace(1, len(scores), MAX_THRESHOLDS - 1)
        places = np.unique(np.minimum(np.searchsorted(true + false, ranks), len(thresholds) - 1))
    points = {
        bound: ThresholdPoint(bound, int(true[place]), int(false[place]))
        for place, bound in zip(places.tolist(), thresholds[places].tolist(), strict=True)
    }
    usual = scores >= 0.5
    points[0.5] = ThresholdPoint(0.5, int((usual & positive).sum()), int((usual & ~positive).sum()))
    ordered = np.cumsum(positive[np.argsort(-scores, kind="stable")])
    ends = [max(1, round(len(scores) * step / DECILES)) for step in range(1, DECILES + 1)]
    return ThresholdTable(
        label=label,
        positives=int(true[-1]),
        negatives=int(false[-1]),
        points=tuple([points[bound] for bound in sorted(points, reverse=True)]),
        gains=tuple([GainPoint(step / DECILES, end, int(ordered[end - 1])) for step, end in enumerate(ends, 1)]),
    )
