"""ROC and precision-recall curves of one class against all others, as the threshold falls, and their average.

Which threshold is best depends on what an error costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.tasks.intervals import ConfidenceInterval, find_area_interval, find_share_interval

MAX_POINTS: Final = 100
MIN_POINTS: Final = 20
MAX_ALL_POINTS: Final = 4000
"""Of many classes the curves have fewer points."""


@dataclass(frozen=True)
class RocPoint:
    """The rates of predicting the class from `threshold` on; None: of never predicting it."""

    false_positive_rate: float
    true_positive_rate: float
    threshold: float | None


@dataclass(frozen=True)
class RocCurve:
    """The ROC curve of a class; `auc`, the area, is None and there are no points where all rows or none are of it."""

    label: str
    auc: float | None
    points: tuple[RocPoint, ...]
    interval: ConfidenceInterval | None = None


@dataclass(frozen=True)
class AveragePoint:
    """A point of an average ROC curve."""

    false_positive_rate: float
    true_positive_rate: float


@dataclass(frozen=True)
class RocAverage:
    """The macro-average of ROC curves: the mean of true positive rates at each false positive rate, and of areas."""

    auc: float
    classes: int
    points: tuple[AveragePoint, ...]


@dataclass(frozen=True)
class PrecisionPoint:
    """Recall and precision of predicting the class from `threshold` on."""

    recall: float
    precision: float
    threshold: float


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Precision against recall of a class.

    `average_precision` weighs each precision by the recall that its threshold adds; None where no row is of the class.
    """

    label: str
    average_precision: float | None
    points: tuple[PrecisionPoint, ...]
    interval: ConfidenceInterval | None = None


def choose_point_count(classes: int) -> int:
    """The number of points that each of so many curves may have."""
    return min(max(MAX_ALL_POINTS // max(classes, 1), MIN_POINTS), MAX_POINTS)


def compute_roc(
    label: str, scores: NDArray[np.float64], positive: NDArray[np.bool_], max_points: int = MAX_POINTS
) -> RocCurve:
    """The ROC curve of a class (Fawcett 2006), thinned to so many points; its area is that of all of them.

    Args:
        label: The class.
        scores: The probability of the class for each row (rows,).
        positive: Whether each row is of the class (rows,).
        max_points: The maximum number of points.
    """
    true, false, thresholds = count_by_threshold(scores, positive)
    if not true[-1] or not false[-1]:
        return RocCurve(label, None, ())
    true_rate = np.concatenate([[0.0], true / true[-1]])
    false_rate = np.concatenate([[0.0], false / false[-1]])
    auc = float(np.sum(np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2))
    bounds = [None, *thresholds.tolist()]
    points = [
        RocPoint(float(false_rate[i]), float(true_rate[i]), bounds[i])
        for i in _thin((true_rate + false_rate) / 2, max_points)
    ]
    return RocCurve(label, auc, tuple(points), find_area_interval(auc, float(true[-1]), float(false[-1])))


def average_roc(curves: Sequence[RocCurve]) -> RocAverage | None:
    """The macro-average of the curves of three classes or more (Provost & Domingos 2001), None of fewer."""
    whole = [curve for curve in curves if curve.auc is not None]
    if len(whole) < 3:
        return None
    grid = np.linspace(0.0, 1.0, MAX_POINTS)
    total = np.zeros(MAX_POINTS)
    for curve in whole:
        rates = np.array([(point.false_positive_rate, point.true_positive_rate) for point in curve.points])
        total += np.interp(grid, rates[:, 0], rates[:, 1])
    points = tuple(map(AveragePoint, grid.tolist(), (total / len(whole)).tolist()))
    return RocAverage(sum(curve.auc or 0.0 for curve in whole) / len(whole), len(whole), points)


def compute_precision_recall(
    label: str, scores: NDArray[np.float64], positive: NDArray[np.bool_], max_points: int = MAX_POINTS
) -> PrecisionRecallCurve:
    """The precision-recall curve of a class, thinned to so many points; the arguments are those of `compute_roc`.

    The interval of its average precision is as that of a share of the rows of the class (Boyd, Eng & Page 2013).
    """
    true, false, thresholds = count_by_threshold(scores, positive)
    if not true[-1]:
        return PrecisionRecallCurve(label, None, ())
    recall, precision = true / true[-1], true / (true + false)
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    points = [
        PrecisionPoint(float(recall[i]), float(precision[i]), float(thresholds[i])) for i in _thin(recall, max_points)
    ]
    return PrecisionRecallCurve(label, average, tuple(points), find_share_interval(average, float(true[-1])))


def count_by_threshold(
    scores: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.signedinteger], NDArray[np.signedinteger], NDArray[np.float64]]:
    """True and false positives at each distinct score, the highest first, and the scores."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # of each distinct score
    true = np.cumsum(positive[order], dtype=np.int64)[last]
    return true, last + 1 - true, ordered[last]


def _thin(values: NDArray[np.float64], count: int) -> list[int]:
    """At most so many indices of rising values, evenly spread, both ends among them."""
    if len(values) <= count:
        return list(range(len(values)))
    even = np.linspace(float(values[0]), float(values[-1]), count - 1)
    return np.unique(np.append(np.searchsorted(values, even[:-1]), len(values) - 1)).tolist()
