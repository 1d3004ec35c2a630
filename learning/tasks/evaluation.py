"""The evaluation of a net on labelled rows: metrics, confusion matrix, curves, calibration, residuals.

One number hides the kind of errors: classes that are confused, probabilities that are too sure, a biased number.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.tasks.curves import PrecisionRecallCurve, RocCurve
from learning.tasks.task_guess import TaskName

CONFIDENCE_BINS: Final = 10
RESIDUAL_BINS: Final = 20
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall, their harmonic mean, and the rows of a class; 0 of 0 is None."""

    label: str
    support: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class ResidualBin:
    """The number of values from `start` to `stop`."""

    start: float
    stop: float
    rows: int


@dataclass(frozen=True)
class ConfidenceBin(ResidualBin):
    """Rows of about the same confidence; `mean_confidence` and `accuracy` are None where there are none."""

    mean_confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """Calibration (Guo et al. 2017): the mean over all rows of |accuracy - confidence| of their bin, and the bins."""

    expected_calibration_error: float
    bins: tuple[ConfidenceBin, ...]


@dataclass(frozen=True)
class Residuals:
    """The distribution of expected - predicted, in the target's units."""

    mean: float
    std: float
    quantiles: dict[str, float]
    histogram: tuple[ResidualBin, ...]


@dataclass(frozen=True)
class ScatterPoint:
    """The expected and the predicted number of a row."""

    expected: float
    predicted: float


@dataclass(frozen=True)
class TargetEvaluation:
    """The errors of one of several targets."""

    target: str
    residuals: Residuals
    scatter: tuple[ScatterPoint, ...]


@dataclass(frozen=True)
class CoverageMeasure:
    """The share of rows whose interval or set held the target, the coverage promised, and the mean width or size."""

    target: str | None
    promised: float
    measured: float
    mean_size: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The quality of a net on some rows; fields of the other task are None, and so are metrics that are not finite.

    Attributes:
        loss: The mean reference loss.
        naive: The metrics of always guessing the mean, or the shares of the classes.
        targets: The errors of each of several targets, which then have no `residuals` and `scatter` together.
        coverage: How often intervals or sets held the targets, at several levels; None if the model has none.
        confusion: Rows of each class (down) that were predicted to be of each (across).
    """

    task: TaskName
    rows: int
    loss: float | None
    metrics: dict[str, float | None]
    naive: dict[str, float | None]
    labels: tuple[str, ...] | None = None
    confusion: list[list[int]] | None = None
    classes: tuple[ClassScore, ...] | None = None
    roc: tuple[RocCurve, ...] | None = None
    precision_recall: tuple[PrecisionRecallCurve, ...] | None = None
    calibration: Calibration | None = None
    residuals: Residuals | None = None
    scatter: tuple[ScatterPoint, ...] | None = None
    targets: tuple[TargetEvaluation, ...] | None = None
    coverage: tuple[CoverageMeasure, ...] | None = None


def finite_or_none(value: float | None) -> float | None:
    """The value, or None if it is not a finite number."""
    return value if value is not None and math.isfinite(value) else None


def keep_finite(values: dict[str, float | None]) -> dict[str, float | None]:
    """The metrics, with None for those that are not finite numbers."""
    return {name: finite_or_none(value) for name, value in values.items()}


def score_classes(confusion: NDArray[np.int64], labels: tuple[str, ...]) -> tuple[ClassScore, ...]:
    """The scores of each class, from the rows of each (down) that were predicted to be of each (across)."""

    def ratio(part: int, whole: int) -> float | None:
        return part / whole if whole else None

    scores: list[ClassScore] = []
    for number, label in enumerate(labels):
        true, support, predicted = (
            int(count) for count in (confusion[number, number], confusion[number].sum(), confusion[:, number].sum())
        )
        f1 = ratio(2 * true, support + predicted)
        scores.append(ClassScore(label, support, ratio(true, predicted), ratio(true, support), f1))
    return tuple(scores)


def calibrate(confidence: NDArray[np.float64], is_correct: NDArray[np.bool_]) -> Calibration:
    """Bins of equal width by confidence, the probability of the predicted class."""
    number = np.minimum((confidence * CONFIDENCE_BINS).astype(np.intp), CONFIDENCE_BINS - 1)
    rows = np.bincount(number, minlength=CONFIDENCE_BINS)
    sums = np.bincount(number, weights=confidence, minlength=CONFIDENCE_BINS)
    correct = np.bincount(number, weights=is_correct, minlength=CONFIDENCE_BINS)
    bins = [
        ConfidenceBin(
            start=place / CONFIDENCE_BINS,
            stop=(place + 1) / CONFIDENCE_BINS,
            rows=int(rows[place]),
            mean_confidence=float(sums[place] / rows[place]) if rows[place] else None,
            accuracy=float(correct[place] / rows[place]) if rows[place] else None,
        )
        for place in range(CONFIDENCE_BINS)
    ]
    return Calibration(float(np.abs(correct - sums).sum() / len(confidence)), tuple(bins))


def summarize_residuals(residuals: NDArray[np.float64]) -> Residuals:
    """The distribution of residuals (rows,)."""
    counts, edges = np.histogram(residuals, bins=RESIDUAL_BINS)
    ends = edges.tolist()
    return Residuals(
        mean=float(residuals.mean()),
        std=float(residuals.std()),
        quantiles={str(share): float(np.quantile(residuals, share)) for share in QUANTILES},
        histogram=tuple(map(ResidualBin, ends, ends[1:], counts.tolist())),
    )
