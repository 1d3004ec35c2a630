"""Curves of one class against all others: what is caught, and at what price, as the bar for saying yes is lowered.

A class is said to be there from some probability on; which one is best depends on what an error costs.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_POINTS: Final = 100


@dataclass(frozen=True)
class RocPoint:
    """What comes of saying yes from `threshold` on; None: of never saying yes."""

    false_positive_rate: float
    true_positive_rate: float
    threshold: float | None


@dataclass(frozen=True)
class RocCurve:
    """The receiver operating characteristic of a class.

    Attributes:
        auc: The area under it; None, and no points, where all rows or none are of the class.
    """

    label: str
    auc: float | None
    points: tuple[RocPoint, ...]


@dataclass(frozen=True)
class PrecisionPoint:
    """What comes of saying yes from `threshold` on."""

    recall: float
    precision: float
    threshold: float


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Precision against recall of a class.

    Attributes:
        average_precision: The mean precision, each step weighed by the recall that it adds; None, and no points, where
            no row is of the class.
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
    hits, misses, thresholds = _count_by_threshold(scores, positive)
    if not hits[-1] or not misses[-1]:
        return RocCurve(label, None, ())
    caught = np.concatenate([[0.0], hits / hits[-1]])
    false = np.concatenate([[0.0], misses / misses[-1]])
    kept = _thin((caught + false) / 2)
    auc = float(np.sum(np.diff(false) * (caught[1:] + caught[:-1]) / 2))
    bars = [None, *thresholds.tolist()]
    return RocCurve(label, auc, tuple([RocPoint(float(false[i]), float(caught[i]), bars[i]) for i in kept]))


def compute_precision_recall(
    label: str, scores: NDArray[np.float64], positive: NDArray[np.bool_]
) -> PrecisionRecallCurve:
    """The precision-recall curve of a class, thinned to a hundred points; for the arguments see `roc`."""
    hits, misses, thresholds = _count_by_threshold(scores, positive)
    if not hits[-1]:
        return PrecisionRecallCurve(label, None, ())
    recall, precision = hits / hits[-1], hits / (hits + misses)
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    points = [PrecisionPoint(float(recall[i]), float(precision[i]), float(thresholds[i])) for i in _thin(recall)]
    return PrecisionRecallCurve(label, average, tuple(points))


def _count_by_threshold(
    scores: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.signedinteger], NDArray[np.signedinteger], NDArray[np.float64]]:
    """For each distinct score, the highest first: how many rows from it on are of the class and are not, and it."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # of each distinct score
    hits = np.cumsum(positive[order], dtype=np.int64)[last]
    return hits, last + 1 - hits, ordered[last]


def _thin(values: NDArray[np.float64]) -> list[int]:
    """At most a hundred places on a curve, both ends among them, evenly spread; `way` rises from one to the other."""
    if len(values) <= MAX_POINTS:
        return list(range(len(values)))
    even = np.linspace(float(values[0]), float(values[-1]), MAX_POINTS - 1)
    return np.unique(np.append(np.searchsorted(values, even[:-1]), len(values) - 1)).tolist()
