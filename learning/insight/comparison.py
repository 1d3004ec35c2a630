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
from learning.tasks.comparison import Comparison, compare_metrics
from learning.tasks.influence import (
    Influence,
    average_influences,
    compute_mean_influence,
    compute_regression_influences,
)
from learning.tasks.regression import RegressionTarget

MAX_ROWS: Final = 20_000
"""The most held-out rows whose predictions are kept."""
_GOLDEN_RATIO: Final = np.uint64(0x9E3779B97F4A7C15)


class IncomparableModels(Exception):
    """There are no rows by which two models can be compared; the message says why."""


@dataclass(frozen=True)
class PairedComparison:
    """A metric of two models on the same rows, and their difference with its interval."""

    metric: str
    rows: int
    value: float
    other_value: float
    comparison: Comparison


def choose_rows(numbers: NDArray[np.intp], most: int = MAX_ROWS) -> NDArray[np.intp]:
    """The places of at most so many row numbers (rows,), and 20,000, ascending; a hash decides.

    So of two models they are mostly the same rows, also where one of them has fewer.
    """
    hashes = numbers.astype(np.uint64) * _GOLDEN_RATIO  # Fibonacci hashing (Knuth 1973), modulo 2^64
    return np.sort(np.argsort(hashes, kind="stable")[: min(most, MAX_ROWS)])


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
        return _compare("accuracy", _score_classes(predicted == actual), _score_classes(other_predicted == actual))
    if actual.shape[1] == 1:
        return _compare("rmse", _score_number(actual, predicted), _score_number(actual, other_predicted))
    varying = actual.min(axis=0) < actual.max(axis=0)
    if not varying.any():
        raise IncomparableModels("No target varies in the rows that neither of the two learned from.")
    actual, predicted, other_predicted = (each[:, varying] for each in (actual, predicted, other_predicted))
    return _compare("r2", _score_numbers(actual, predicted), _score_numbers(actual, other_predicted))


Score = tuple[float, Influence]
"""A metric, and the influence of every row on it."""


def _compare(metric: str, score: Score, other: Score) -> PairedComparison:
    (value, influence), (other_value, other_influence) = score, other
    found = compare_metrics({metric: value}, {metric: influence}, {metric: other_value}, {metric: other_influence})
    return PairedComparison(metric, len(influence.values), value, other_value, found[metric])


def _score_classes(is_right: NDArray[np.bool_]) -> Score:
    right = is_right.reshape(-1).astype(np.float64)
    return float(right.mean()), compute_mean_influence(right, "share")


def _score_number(actual: NDArray[np.float64], predicted: NDArray[np.float64]) -> Score:
    """The RMSE of one target, (rows, 1) each."""
    return math.sqrt(float(np.square(predicted - actual).mean())), _find_influences(actual, predicted)[0]["rmse"]


def _score_numbers(actual: NDArray[np.float64], predicted: NDArray[np.float64]) -> Score:
    """The mean R² of several targets, (rows, targets) each."""
    unexplained = np.square(predicted - actual).mean(axis=0) / actual.var(axis=0)
    targets = [str(n) for n in range(actual.shape[1])]
    return 1 - float(unexplained.mean()), average_influences(_find_influences(actual, predicted), targets)["r2"]


def _find_influences(actual: NDArray[np.float64], predicted: NDArray[np.float64]) -> list[dict[str, Influence]]:
    """The influences on the metrics of each target."""
    pairs = zip(predicted.T, actual.T, strict=True)
    return [compute_regression_influences(mine[:, None], y, 1.0, (), middle=0, weights=None) for mine, y in pairs]
