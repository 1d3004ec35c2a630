"""The evaluation of a net on labelled rows: metrics, confusion matrix, curves, calibration, residuals.

One number hides the kind of errors: classes that are confused, probabilities that are too sure, a biased number.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.tasks.comparison import Comparison
from learning.tasks.curves import PrecisionRecallCurve, RocAverage, RocCurve
from learning.tasks.intervals import ConfidenceInterval, find_f1_interval, find_share_interval
from learning.tasks.task_guess import TaskName
from learning.tasks.thresholds import ThresholdTable

CONFIDENCE_BINS: Final = 10
MIN_BIN_ROWS: Final = 20
"""Fewer rows say too little of how often a confidence is right, so that bins are merged."""
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
    intervals: dict[str, ConfidenceInterval]


@dataclass(frozen=True)
class ResidualBin:
    """The number of values from `start` to `stop`."""

    start: float
    stop: float
    rows: int


@dataclass(frozen=True)
class ConfidenceBin(ResidualBin):
    """Rows of about the same confidence, how many of them are right, and the interval of that share."""

    mean_confidence: float
    accuracy: float
    interval: ConfidenceInterval


@dataclass(frozen=True)
class Calibration:
    """Calibration (Guo et al. 2017): the mean over all rows of |accuracy - confidence| of their bin, and bins.

    The error is that of ten bins of equal width; `bins` are these with neighbours merged until each has enough rows.
    """

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


@dataclass(frozen=True)
class BaselineScore:
    """The metrics of a baseline on the rows of the net, and the net's beside them, by metric."""

    name: str
    metrics: dict[str, float | None]
    comparisons: dict[str, Comparison]
    note: str | None = None
    """What it learned from, where that is not all; a sentence."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The quality of a net on some rows; fields of the other task are None, and so are metrics that are not finite.

    Attributes:
        loss: The mean reference loss.
        naive: The metrics of always guessing the mean, or the shares of the classes.
        intervals: The confidence intervals of the metrics, as far as they are known.
        baselines: The baselines, fitted to the training rows and measured on these; None where that is not known.
        roc_average: The average of the ROC curves of all classes; None of two.
        thresholds: What follows from each threshold of the second of two classes; None of more.
        targets: The errors of each of several targets, which then have no `residuals` and `scatter` together.
        coverage: How often intervals or sets held the targets, at several levels; None if the model has none.
        confusion: Rows of each class (down) that were predicted to be of each (across).
    """

    task: TaskName
    rows: int
    loss: float | None
    metrics: dict[str, float | None]
    naive: dict[str, float | None]
    intervals: dict[str, ConfidenceInterval] | None = None
    baselines: tuple[BaselineScore, ...] | None = None
    labels: tuple[str, ...] | None = None
    confusion: list[list[int]] | None = None
    classes: tuple[ClassScore, ...] | None = None
    roc: tuple[RocCurve, ...] | None = None
    roc_average: RocAverage | None = None
    precision_recall: tuple[PrecisionRecallCurve, ...] | None = None
    thresholds: ThresholdTable | None = None
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
        shares = {"precision": (true, predicted), "recall": (true, support)}
        intervals = {name: find_share_interval(part / whole, whole) for name, (part, whole) in shares.items() if whole}
        if f1 is not None:
            intervals["f1"] = find_f1_interval(true, predicted, support)
        scores.append(ClassScore(label, support, ratio(true, predicted), ratio(true, support), f1, intervals))
    return tuple(scores)


def calibrate(confidence: NDArray[np.float64], is_correct: NDArray[np.bool_]) -> Calibration:
    """Bins by confidence, the probability of the predicted class."""
    number = np.minimum((confidence * CONFIDENCE_BINS).astype(np.intp), CONFIDENCE_BINS - 1)
    counts = np.stack(
        [np.bincount(number, weights, CONFIDENCE_BINS) for weights in (None, confidence, is_correct.astype(np.float64))]
    )
    error = float(np.abs(counts[2] - counts[1]).sum() / len(confidence))
    bins: list[ConfidenceBin] = []
    for first, stop in _merge_bins(counts[0]):
        rows, sums, correct = counts[:, first:stop].sum(axis=1).tolist()
        bins.append(
            ConfidenceBin(
                start=first / CONFIDENCE_BINS,
                stop=stop / CONFIDENCE_BINS,
                rows=int(rows),
                mean_confidence=sums / rows,
                accuracy=correct / rows,
                interval=find_share_interval(correct / rows, rows),
            )
        )
    return Calibration(error, tuple(bins))


def _merge_bins(rows: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Neighbouring bins as one, each from its first to behind its last, so that each has enough rows or is the only."""
    merged: list[tuple[int, int]] = []
    filled: list[int] = np.flatnonzero(rows).tolist()
    first = filled[0]
    for place in filled:
        if rows[first : place + 1].sum() >= MIN_BIN_ROWS:
            merged.append((first, place + 1))
            first = place + 1
    if rows[first:].sum():
        first = merged.pop()[0] if merged else first
        merged.append((first, filled[-1] + 1))
    return merged


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
