"""ROC and precision-recall curves of one class against all others, as the threshold falls.

Which threshold is best depends on what an error costs.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_POINTS: Final = 100


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


def compute_roc(label: str, scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> RocCurve:
    """The ROC curve of a class (Fawcett 2006), thinned to a hundred points; its area is that of all of them.

    Args:
        label: The class.
        scores: The probability of the class for each row (rows,).
        positive: Whether each row is of the class (rows,).
    """
    true, false, thresholds = _count_by_threshold(scores, positive)
    if not true[-1] or not false[-1]:
        return RocCurve(label, None, ())
    true_rate = np.concatenate([[0.0], true / true[-1]])
    false_rate = np.concatenate([[0.0], false / false[-1]])
    auc = float(np.sum(np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2))
    bounds = [None, *thresholds.tolist()]
    points = [
        RocPoint(float(false_rate[i]), float(true_rate[i]), bounds[i]) for i in _thin((true_rate + false_rate) / 2)
    ]
    return RocCurve(label, auc, tuple(points))


def compute_precision_recall(
    label: str, scores: NDArray[np.float64], positive: NDArray[np.bool_]
) -> PrecisionRecallCurve:
    """The precision-recall curve of a class, thinned to a hundred points; the arguments are those of `compute_roc`."""
    true, false, thresholds = _count_by_threshold(scores, positive)
    if not true[-1]:
        return PrecisionRecallCurve(label, None, ())
    recall, precision = true / true[-1], true / (true + false)
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    points = [PrecisionPoint(float(recall[i]), float(precision[i]), float(thresholds[i])) for i in _thin(recall)]
    return PrecisionRecallCurve(label, average, tuple(points))


def _count_by_threshold(
    scores: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.signedinteger], NDArray[np.signedinteger], NDArray[np.float64]]:
    """True and false positives at each distinct score, the highest first, and the scores."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # of each distinct score
    true = np.cumsum(positive[order], dtype=np.int64)[last]
    return true, last + 1 - true, ordered[last]


def _thin(values: NDArray[np.float64]) -> list[int]:
    """At most a hundred indices of rising values, evenly spread, both ends among them."""
    if len(values) <= MAX_POINTS:
        return list(range(len(values)))
    even = np.linspace(float(values[0]), float(values[-1]), MAX_POINTS - 1)
    return np.unique(np.append(np.searchsorted(values, even[:-1]), len(values) - 1)).tolist()
