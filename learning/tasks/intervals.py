"""Confidence intervals of scores: between which values a score would be on endless rows like those it was measured on.

5 errors against 3 look like a difference, and on a hundred rows are none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

LEVEL: Final = 0.95
"""How often an interval holds the true score."""

_BISECTIONS: Final = 40
"""Steps after which a bound of an area is exact to twelve digits."""


@dataclass(frozen=True)
class ConfidenceInterval:
    """The values between which the true score is, with a certainty of 95%."""

    low: float
    high: float

    def transform(self, change: Callable[[float], float]) -> "ConfidenceInterval":
        """The interval of a monotonic function of the score."""
        low, high = sorted((change(self.low), change(self.high)))
        return ConfidenceInterval(low, high)


def find_critical(level: float = LEVEL, *, rows: float = math.inf) -> float:
    """The bound below which so much of Student's t distribution lies, on both sides of 0.

    It is that of the normal distribution with its first corrections for few rows (Fisher & Cornish 1960), close from
    about five rows on and too small below.
    """
    z, freedom = NormalDist().inv_cdf((1 + level) / 2), max(rows - 1, 1)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def find_share_interval(share: float, rows: float, level: float = LEVEL) -> ConfidenceInterval:
    """Wilson's score interval (1927) of a share of so many rows; of no rows it is from 0 to 1.

    Of a share of weighted rows, or another score from 0 to 1, `rows` is its effective sample size (Kish 1965).
    """
    if rows <= 0:
        return ConfidenceInterval(0.0, 1.0)
    z = find_critical(level)
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return ConfidenceInterval(max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share)))


def find_f1_interval(correct: float, predicted: float, actual: float) -> ConfidenceInterval:
    """The interval of the F1 score of a class, from the counts of rows.

    Of the rows that are of the class or predicted as it, a share J is both, which has Wilson's interval; and F1 is
    2 J / (1 + J).
    """
    union = predicted + actual - correct
    share = find_share_interval(correct / union if union else 0.0, union)
    return share.transform(lambda jaccard: 2 * jaccard / (1 + jaccard))


def find_area_interval(area: float, positives: float, negatives: float) -> ConfidenceInterval:
    """The interval of the area under a ROC curve, by Newcombe's method 5 (2006).

    As Wilson's it takes the areas whose own standard error (Hanley & McNeil 1982) reaches the one that was measured.
    """
    if positives <= 0 or negatives <= 0:
        return ConfidenceInterval(0.0, 1.0)
    z, half = find_critical(), (positives + negatives) / 2 - 1

    def is_within(other: float) -> bool:
        factor = 1 + max(half, 0.0) * ((1 - other) / (2 - other) + other / (1 + other))
        return (area - other) ** 2 <= z * z * other * (1 - other) * factor / (positives * negatives)

    def bisect(outside: float) -> float:
        inside = area
        for _ in range(_BISECTIONS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if is_within(middle) else (inside, middle)
        return inside

    return ConfidenceInterval(bisect(0.0), bisect(1.0))


def find_error_interval(error: float, standard_error: float, rows: float, level: float = LEVEL) -> ConfidenceInterval:
    """The interval of an error of at least 0, symmetric in its logarithm, so that it is never below 0."""
    if error <= 0:
        return ConfidenceInterval(0.0, 0.0)
    factor = math.exp(min(find_critical(level, rows=rows) * standard_error / error, 700.0))
    return ConfidenceInterval(error / factor, error * factor)


def subtract(
    score: float, interval: ConfidenceInterval, other: float, other_interval: ConfidenceInterval
) -> ConfidenceInterval:
    """The interval of the difference of two scores of different rows, from their own (Newcombe 1998, method 10)."""
    difference = score - other
    return ConfidenceInterval(
        difference - math.hypot(score - interval.low, other_interval.high - other),
        difference + math.hypot(interval.high - score, other - other_interval.low),
    )
