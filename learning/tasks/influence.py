"""Influence of rows: by how much each row moves a metric, from which the metric's standard error follows.

It is the derivative of a metric by a row's weight (the infinitesimal jackknife, Efron 1982): what a bootstrap finds by
a thousand repetitions, without any.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy

Scale = Literal["share", "area", "error", "explained", "coverage"]
"""What a metric is: a share of rows, an area under a curve, an error, a share of variance that may be below 0, or a
share that is best neither high nor low."""


@dataclass(frozen=True)
class Influence:
    """The influence of each row on a metric, with a mean of 0.

    Attributes:
        values: By how much the metric would rise if the row counted a little more, in its units, float64 (rows,).
        scale: What the metric is.
        counts: The effective number of rows; of an area that of either class.
    """

    values: NDArray[np.float64]
    scale: Scale
    counts: tuple[float, ...]

    @property
    def standard_error(self) -> float:
        """The standard error of the metric."""
        return math.sqrt(float(self.values @ self.values)) / max(len(self.values), 1)


def compute_class_influences(
    logits: NDArray[np.floating], y: NDArray[np.int64], classes: int, weights: NDArray[np.float64] | None
) -> dict[str, Influence]:
    """The influences on accuracy, macro F1, log loss, and for two classes auc, as `compute_class_metrics` has them.

    Those on auc are DeLong's structural components (DeLong, DeLong & Clarke-Pearson 1988).
    """
    is_binary = logits.shape[1] == 1
    predicted = (logits[:, 0] > 0).astype(np.int64) if is_binary else logits.argmax(axis=1)
    shares = _normalise(weights, len(y))
    right = (predicted == y).astype(np.float64)
    correct = np.bincount(y, shares * right, minlength=classes)
    counts = np.bincount(predicted, shares, minlength=classes) + np.bincount(y, shares, minlength=classes)
    seen = int((counts > 0).sum())
    f1 = np.divide(2 * correct, counts, out=np.zeros(classes), where=counts > 0)
    inverse = np.divide(1.0, counts, out=np.zeros(classes), where=counts > 0)
    gains = 2 * right * inverse[y] - (f1 * inverse)[y] - (f1 * inverse)[predicted]
    loss = BinaryCrossEntropy() if is_binary else CategoricalCrossEntropy()
    losses = loss.values(logits, loss.targets(y, logits.dtype)).astype(np.float64)
    rows = (count_effective(weights, len(y)),)
    found = {
        "accuracy": Influence(shares * (right - shares @ right / len(y)), "share", rows),
        "macro_f1": Influence(shares * gains * len(y) / max(seen, 1), "share", rows),
        "log_loss": Influence(shares * (losses - shares @ losses / len(y)), "error", rows),
    }
    if is_binary and 0 < y.sum() < len(y):
        found["auc"] = _compute_area_influence(logits[:, 0].astype(np.float64), y == 1, shares, weights)
    return found


def _compute_area_influence(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    shares: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
) -> Influence:
    """The influences on the area: the weight of rows of the other class that each row outdoes, ties half."""
    order, wins = np.argsort(scores, kind="stable"), np.empty(len(scores))
    ordered = scores[order]
    for own in (positive, ~positive):
        sums = np.append(0.0, np.cumsum(np.where(own, 0.0, shares)[order]))
        mine = scores[own]
        below = sums[np.searchsorted(ordered, mine, "left")]
        wins[own] = (below + sums[np.searchsorted(ordered, mine, "right")]) / (2 * sums[-1])
    wins[~positive] = 1 - wins[~positive]
    totals: NDArray[np.float64] = np.where(positive, float(shares[positive].sum()), float(shares[~positive].sum()))
    area = float(shares[positive] @ wins[positive] / shares[positive].sum())
    of_class = [(None if weights is None else weights[own], int(own.sum())) for own in (positive, ~positive)]
    counts = tuple([count_effective(*own) for own in of_class])
    return Influence(shares * (wins - area) * len(scores) / totals, "area", counts)


def compute_regression_influences(
    predicted: NDArray[np.float64],
    y: NDArray[np.float64],
    scale: float,
    quantiles: Sequence[float],
    *,
    middle: int,
    weights: NDArray[np.float64] | None,
) -> dict[str, Influence]:
    """The influences on rmse, mae and r2, and with quantiles on pinball and coverage, as metrics.py has them.

    Args:
        predicted: The standardised quantiles of each row, or its number (rows, quantiles or 1).
        y: The standardised target (rows,).
        scale: What makes errors be in the target's units.
        quantiles: The quantiles, in ascending order; none: there is one number.
        middle: Which of them stands for all.
        weights: How much each row counts (rows,); None: all the same.
    """
    shares, rows = _normalise(weights, len(y)), (count_effective(weights, len(y)),)
    squares, sizes = np.square(predicted[:, middle] - y), np.abs(predicted[:, middle] - y)
    mean_square = float(shares @ squares) / len(y)

    def centre(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return shares * (values - float(shares @ values) / len(y))

    root = math.sqrt(mean_square)
    found = {
        "rmse": Influence(centre(squares) * (scale / (2 * root) if root else 0.0), "error", rows),
        "mae": Influence(centre(sizes) * scale, "error", rows),
    }
    if float(y.min()) < float(y.max()):
        distances = np.square(y - float(shares @ y) / len(y))
        variance = float(shares @ distances) / len(y)
        values = centre(mean_square / variance * distances - squares) / variance
        found["r2"] = Influence(values, "explained", rows)
    if quantiles:
        error, levels = y[:, None] - predicted, np.array(quantiles)
        losses = np.maximum(levels * error, (levels - 1) * error).mean(axis=1)
        found["pinball"] = Influence(centre(losses) * scale, "error", rows)
    if len(quantiles) > 1:
        is_inside = ((predicted[:, 0] <= y) & (y <= predicted[:, -1])).astype(np.float64)
        found["coverage"] = Influence(centre(is_inside), "coverage", rows)
    return found


def compute_mean_influence(values: NDArray[np.float64], scale: Scale) -> Influence:
    """The influence on the mean of values (rows,)."""
    return Influence(values - values.mean(), scale, (float(len(values)),))


def average_influences(of_each: Sequence[Mapping[str, Influence]], names: Sequence[str]) -> dict[str, Influence]:
    """The influences on the mean of each metric over targets, and then on those of each, with its name behind."""
    averages: dict[str, Influence] = {}
    for metric in of_each[0]:
        known = [found[metric] for found in of_each if metric in found]
        averages[metric] = replace(known[0], values=np.mean([each.values for each in known], axis=0))
    for name, found in zip(names, of_each, strict=True):
        averages |= {f"{metric}_{name}": influence for metric, influence in found.items()}
    return averages


def count_effective(weights: NDArray[np.floating] | None, rows: int) -> float:
    """How many rows of the same weight would say as much as these (Kish 1965)."""
    if weights is None or not rows:
        return float(rows)
    return float(weights.sum(dtype=np.float64) ** 2 / np.square(weights.astype(np.float64)).sum())


def _normalise(weights: NDArray[np.floating] | None, rows: int) -> NDArray[np.float64]:
    """The weights (rows,) with a mean of 1."""
    if weights is None:
        return np.ones(rows)
    wide = weights.astype(np.float64)
    return wide * (rows / wide.sum())
