"""Comparison of two models on the rows that neither learned from, by what each said of them when it was trained.

Models of one dataset may hold out different rows; those that both did tell which is better, pair by pair.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.insight.eval_sample import EvalSample
from learning.insight.significance import is_wrong_more_often
from learning.tasks.regression import RegressionTarget

MAX_ROWS: Final = 20_000
"""The most held-out rows whose predictions are kept."""
_GOLDEN_RATIO: Final = np.uint64(0x9E3779B97F4A7C15)
_CRITICAL_Z: Final = 1.645
"""The 95th percentile of the standard normal distribution."""


class IncomparableModels(Exception):
    """There are no rows by which two models can be compared; the message says why."""


@dataclass(frozen=True)
class PairedComparison:
    """A metric of two models on the same rows; `is_significant`: chance alone would hardly make such a difference."""

    metric: str
    rows: int
    value: float
    other_value: float
    is_better: bool
    is_significant: bool


def choose_rows(numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """The places of at most 20,000 row numbers (rows,), ascending; of two models the same ones, as a hash decides."""
    hashes = numbers.astype(np.uint64) * _GOLDEN_RATIO  # Fibonacci hashing (Knuth 1973), modulo 2^64
    return np.sort(np.argsort(hashes, kind="stable")[:MAX_ROWS])


def record_predictions(sample: EvalSample, numbers: NDArray[np.intp]) -> NDArray[np.float64]:
    """What was predicted of the rows of a sample, whose numbers in the table are `numbers` (rows,).

    A row (rows, 1 + 2 · targets) has its number, the actual value of each target, and then the predicted ones; of
    classes their numbers.
    """
    target, predictions = sample.data.target, sample.data.target.decode(sample.logits)
    if isinstance(target, RegressionTarget):
        actual = target.decode_numbers(sample.data.y.astype(np.float64))
        return np.column_stack([numbers.astype(np.float64), actual, predictions.numbers[:, : target.columns]])
    return np.column_stack([numbers, sample.data.y, predictions.choices]).astype(np.float64)


def compare_predictions(
    kept: NDArray[np.float64],
    other: NDArray[np.float64],
    labels: Sequence[str] | None = None,
    other_labels: Sequence[str] | None = None,
) -> PairedComparison:
    """Compare what two models predicted of the rows that both held out, as of `record_predictions`.

    `labels` are the classes of each, None of numbers. Of classes it is the accuracy, of a number the RMSE, of several
    the mean R².

    Raises:
        IncomparableModels: there are no such rows, or what is true of them is not the same for both.
    """
    _, places, other_places = np.intersect1d(kept[:, 0], other[:, 0], assume_unique=True, return_indices=True)
    if not len(places):
        raise IncomparableModels("There is no row that neither of the two learned from.")
    actual, predicted = np.hsplit(kept[places, 1:], 2)
    other_actual, other_predicted = np.hsplit(other[other_places, 1:], 2)
    if labels is not None:
        codes = {label: code for code, label in enumerate([*labels, *(other_labels or ())])}
        mine, others = (np.array([codes[label] for label in each or ()], np.float64) for each in (labels, other_labels))
        actual, predicted = (mine[each.astype(np.intp)] for each in (actual, predicted))
        other_actual, other_predicted = (others[each.astype(np.intp)] for each in (other_actual, other_predicted))
    if actual.shape != other_actual.shape or not np.allclose(actual, other_actual, rtol=1e-5):
        raise IncomparableModels("The two do not predict the same.")
    if labels is not None:
        return _compare_classes(predicted != actual, other_predicted != actual)
    return _compare_numbers(actual, predicted, other_predicted)


def _compare_classes(is_wrong: NDArray[np.bool_], is_other_wrong: NDArray[np.bool_]) -> PairedComparison:
    mine, others = int((is_wrong & ~is_other_wrong).sum()), int((is_other_wrong & ~is_wrong).sum())
    return PairedComparison(
        "accuracy",
        len(is_wrong),
        float((~is_wrong).mean()),
        float((~is_other_wrong).mean()),
        mine < others,
        is_wrong_more_often(max(mine, others), min(mine, others)),
    )


def _compare_numbers(
    actual: NDArray[np.float64], predicted: NDArray[np.float64], other_predicted: NDArray[np.float64]
) -> PairedComparison:
    """By the squared errors of all targets, each relative to its variance; significance by a paired z-test."""
    errors, other_errors = np.square(predicted - actual), np.square(other_predicted - actual)
    variances = actual.var(axis=0)
    variances[variances == 0] = 1.0
    differences = ((other_errors - errors) / variances).mean(axis=1)
    mean, rows = float(differences.mean()), len(differences)
    deviation = float(differences.std(ddof=1)) if rows > 1 else math.inf
    is_significant = abs(mean) * math.sqrt(rows) > _CRITICAL_Z * deviation
    if actual.shape[1] == 1:
        value, other_value = (math.sqrt(each.mean()) for each in (errors, other_errors))
        return PairedComparison("rmse", rows, value, other_value, mean > 0, is_significant)
    value, other_value = (1 - float((each.mean(axis=0) / variances).mean()) for each in (errors, other_errors))
    return PairedComparison("r2", rows, value, other_value, mean > 0, is_significant)
