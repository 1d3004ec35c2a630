"""How good a net is on rows with known answers, seen from every side that people ask about.

One number hides what kind of errors there are: which classes are taken for which, whether its certainty can be
believed, whether a number is missed more often upwards or downwards.
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
"""Curves are drawn for so many classes, those with the most rows."""

MAX_SCATTER_POINTS: Final = 500
CONFIDENCE_BINS: Final = 10
RESIDUAL_BINS: Final = 20
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class ClassScore:
    """How well one class is told from the others; what would be 0 of 0 is None.

    Attributes:
        support: How many rows are of this class.
        precision: The share of rows said to be of this class that are.
        recall: The share of rows of this class that are said to be.
        f1: The harmonic mean of both.
    """

    label: str
    support: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class ConfidenceBin:
    """Rows of about the same confidence; `mean_confidence` and `accuracy` are None where there are none."""

    start: float
    stop: float
    rows: int
    mean_confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """Whether the net is right as often as it is sure (Guo et al. 2017).

    Attributes:
        expected_calibration_error: The mean over all rows of |accuracy - confidence| of their bin.
    """

    expected_calibration_error: float
    bins: tuple[ConfidenceBin, ...]


@dataclass(frozen=True)
class ResidualBin:
    """How many residuals are from `start` to `stop`."""

    start: float
    stop: float
    rows: int


@dataclass(frozen=True)
class Residuals:
    """What is left of the target when the prediction is taken off: expected - predicted, in the target's units."""

    mean: float
    std: float
    quantiles: dict[str, float]
    histogram: tuple[ResidualBin, ...]


@dataclass(frozen=True)
class ScatterPoint:
    """One row: what was expected, and what was predicted."""

    expected: float
    predicted: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How good a net is on some rows; what is of the other task is None.

    Attributes:
        rows: How many rows were looked at.
        loss: The mean of `sample.plain_loss`; None if it is not finite, as for the metrics.
        naive: The metrics of who does not look at the rows: always the mean, or the shares of the classes.
        confusion: How many rows of each class (rows of the matrix) were taken for each (its columns).
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
    """Evaluate a net by what it says of one row or more.

    Args:
        sample: The rows.
        target: How the target is encoded.
        class_shares: The share of each class among the training rows (classes,); None for a number.
    """
    loss, found = float(sample.losses.mean()), compute_metrics(sample.logits, sample.data)
    if isinstance(target, ClassTarget):
        return _evaluate_classes(sample, target, class_shares, loss, found)
    expected, predicted = target.decode(sample.data.y.astype(np.float64)), target.decode(sample.logits)
    y = sample.data.y[:, 0].astype(np.float64)
    dots = evenly_spaced(len(sample), MAX_SCATTER_POINTS)
    return Evaluation(
        task=target.task,
        rows=len(sample),
        loss=finite_or_none(loss),
        metrics=_finite_metrics(found),
        naive=_finite_metrics(compute_regression_metrics(np.zeros_like(y), y, target.scale)),
        residuals=_summarize_residuals(expected - predicted),
        scatter=tuple(map(ScatterPoint, expected[dots].tolist(), predicted[dots].tolist())),
    )


def _evaluate_classes(
    sample: EvalSample, output: ClassTarget, shares: NDArray[np.float64] | None, loss: float, found: dict[str, float]
) -> Evaluation:
    y, count = sample.data.y.astype(np.int64, copy=False), len(output.classes)
    predicted = sample.probabilities.argmax(axis=1)
    confusion = np.bincount(y * count + predicted, minlength=count * count).reshape(count, count)
    drawn: list[int] = np.sort(np.argsort(-confusion.sum(axis=1), kind="stable")[:MAX_CURVES]).tolist()
    curves = [(output.classes[number], sample.probabilities[:, number], y == number) for number in drawn]
    even = np.full(count, 1 / count)
    return Evaluation(
        task=output.task,
        rows=len(sample),
        loss=finite_or_none(loss),
        metrics=_finite_metrics(found),
        naive=_finite_metrics(
            compute_class_metrics(_constant_logits(even if shares is None else shares, len(y)), y, count)
        ),
        labels=output.classes,
        confusion=confusion.tolist(),
        classes=_score_classes(confusion, output.classes),
        roc=tuple([compute_roc(*curve) for curve in curves]),
        precision_recall=tuple([compute_precision_recall(*curve) for curve in curves]),
        calibration=_calibrate(sample.probabilities.max(axis=1), predicted == y),
    )


def compute_class_shares(data_y: NDArray[np.generic], output: Target) -> NDArray[np.float64]:
    """The share of each class among rows with these class numbers (classes,); for a number, none."""
    if isinstance(output, RegressionTarget):
        return np.empty(0)
    return np.bincount(data_y.astype(np.int64, copy=False), minlength=len(output.classes)) / max(len(data_y), 1)


def finite_or_none(value: float) -> float | None:
    """The value, or None if it is not a finite number."""
    return value if math.isfinite(value) else None


def _finite_metrics(values: dict[str, float]) -> dict[str, float | None]:
    return {name: finite_or_none(value) for name, value in values.items()}


def _constant_logits(shares: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """The logits of one who says of every row the shares of the classes (rows, outputs)."""
    logs = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    logits = logs if len(logs) > 2 else logs[1:] - logs[:1]
    return np.broadcast_to(logits, (rows, len(logits)))


def _score_classes(confusion: NDArray[np.int64], labels: tuple[str, ...]) -> tuple[ClassScore, ...]:
    def of(part: int, whole: int) -> float | None:
        return part / whole if whole else None

    right, support, said = np.diag(confusion).tolist(), confusion.sum(axis=1).tolist(), confusion.sum(axis=0).tolist()
    return tuple(
        [
            ClassScore(label, there, of(hits, named), of(hits, there), of(2 * hits, there + named))
            for label, hits, there, named in zip(labels, right, support, said, strict=True)
        ]
    )


def _calibrate(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """Put the rows into bins of equal width by their confidence, the probability of the class that was predicted."""
    number = np.minimum((confidence * CONFIDENCE_BINS).astype(np.intp), CONFIDENCE_BINS - 1)
    rows = np.bincount(number, minlength=CONFIDENCE_BINS)
    sure = np.bincount(number, weights=confidence, minlength=CONFIDENCE_BINS)
    hits = np.bincount(number, weights=right, minlength=CONFIDENCE_BINS)
    bins = [
        ConfidenceBin(
            start=place / CONFIDENCE_BINS,
            stop=(place + 1) / CONFIDENCE_BINS,
            rows=int(rows[place]),
            mean_confidence=float(sure[place] / rows[place]) if rows[place] else None,
            accuracy=float(hits[place] / rows[place]) if rows[place] else None,
        )
        for place in range(CONFIDENCE_BINS)
    ]
    return Calibration(float(np.abs(hits - sure).sum() / len(confidence)), tuple(bins))


def _summarize_residuals(residuals: NDArray[np.float64]) -> Residuals:
    counts, edges = np.histogram(residuals, bins=RESIDUAL_BINS)
    ends = edges.tolist()
    return Residuals(
        mean=float(residuals.mean()),
        std=float(residuals.std()),
        quantiles={str(share): float(np.quantile(residuals, share)) for share in QUANTILES},
        histogram=tuple(map(ResidualBin, ends, ends[1:], counts.tolist())),
    )
