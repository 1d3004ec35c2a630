"""Evaluation of a net on labelled rows: metrics, confusion matrix, curves, calibration, residuals.

One number hides the kind of errors: classes that are confused, probabilities that are too sure, a biased number.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.encoding.targets import ClassTarget, RegressionTarget, Target, Task
from learning.insight.curves import PrecisionRecallCurve, RocCurve, compute_precision_recall, compute_roc
from learning.insight.eval_sample import EvalSample, evenly_spaced
from learning.training.metrics import compute_class_metrics, compute_metrics, compute_regression_metrics

MAX_CURVES: Final = 20
MAX_SCATTER_POINTS: Final = 500
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


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The quality of a net on some rows; fields of the other task are None, and so are metrics that are not finite.

    Attributes:
        loss: The mean reference loss.
        naive: The metrics of always guessing the mean, or the shares of the classes.
        confusion: Rows of each class (down) that were predicted to be of each (across).
    """

    task: Task
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


def evaluate(sample: EvalSample, target: Target, class_shares: NDArray[np.float64] | None) -> Evaluation:
    """Evaluate a net on a sample of at least one row; `class_shares` (classes,) are those of the training rows."""
    if isinstance(target, ClassTarget):
        return _evaluate_classes(sample, target, class_shares)
    expected, predicted = target.decode(sample.data.y.astype(np.float64)), target.decode(sample.logits)
    y = sample.data.y[:, 0].astype(np.float64)
    rows = evenly_spaced(len(sample), MAX_SCATTER_POINTS)
    return Evaluation(
        task=target.task,
        rows=len(sample),
        loss=finite_or_none(float(sample.losses.mean())),
        metrics=_finite_metrics(compute_metrics(sample.logits, sample.data)),
        naive=_finite_metrics(compute_regression_metrics(np.zeros_like(y), y, target.scale, sample.data.weights)),
        residuals=_summarize_residuals(expected - predicted),
        scatter=tuple(map(ScatterPoint, expected[rows].tolist(), predicted[rows].tolist())),
    )


def _evaluate_classes(sample: EvalSample, target: ClassTarget, shares: NDArray[np.float64] | None) -> Evaluation:
    y, count = sample.data.y.astype(np.int64, copy=False), len(target.classes)
    predicted = sample.probabilities.argmax(axis=1)
    confusion = np.bincount(y * count + predicted, minlength=count * count).reshape(count, count)
    largest: list[int] = np.sort(np.argsort(-confusion.sum(axis=1), kind="stable")[:MAX_CURVES]).tolist()
    curves = [(target.classes[number], sample.probabilities[:, number], y == number) for number in largest]
    constant = _constant_logits(np.full(count, 1 / count) if shares is None else shares, len(y))
    return Evaluation(
        task=target.task,
        rows=len(sample),
        loss=finite_or_none(float(sample.losses.mean())),
        metrics=_finite_metrics(compute_metrics(sample.logits, sample.data)),
        naive=_finite_metrics(compute_class_metrics(constant, y, count, sample.data.weights)),
        labels=target.classes,
        confusion=confusion.tolist(),
        classes=_score_classes(confusion, target.classes),
        roc=tuple([compute_roc(*curve) for curve in curves]),
        precision_recall=tuple([compute_precision_recall(*curve) for curve in curves]),
        calibration=_calibrate(sample.probabilities.max(axis=1), predicted == y),
    )


def compute_class_shares(data_y: NDArray[np.generic], output: Target) -> NDArray[np.float64]:
    """The share of each class among rows with these class numbers (classes,); for a number, none."""
    if isinstance(output, RegressionTarget):
        return np.empty(0)
    return np.bincount(data_y.astype(np.int64, copy=False), minlength=len(output.classes)) / max(len(data_y), 1)


def finite_or_none(value: float | None) -> float | None:
    """The value, or None if it is not a finite number."""
    return value if value is not None and math.isfinite(value) else None


def _finite_metrics(values: dict[str, float | None]) -> dict[str, float | None]:
    return {name: finite_or_none(value) for name, value in values.items()}


def _constant_logits(shares: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """The logits (rows, outputs) of predicting the shares of the classes for every row."""
    logs = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    logits = logs if len(logs) > 2 else logs[1:] - logs[:1]
    return np.broadcast_to(logits, (rows, len(logits)))


def _score_classes(confusion: NDArray[np.int64], labels: tuple[str, ...]) -> tuple[ClassScore, ...]:
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


def _calibrate(confidence: NDArray[np.float64], is_correct: NDArray[np.bool_]) -> Calibration:
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


def _summarize_residuals(residuals: NDArray[np.float64]) -> Residuals:
    counts, edges = np.histogram(residuals, bins=RESIDUAL_BINS)
    ends = edges.tolist()
    return Residuals(
        mean=float(residuals.mean()),
        std=float(residuals.std()),
        quantiles={str(share): float(np.quantile(residuals, share)) for share in QUANTILES},
        histogram=tuple(map(ResidualBin, ends, ends[1:], counts.tolist())),
    )
