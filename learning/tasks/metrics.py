"""Metrics of numbers (rmse, mae, r2), quantiles (pinball, coverage) and classes (accuracy, macro F1, log loss, AUC).

With weights, each row counts as often as its weight says: means are weighted means, and counts sums of weights.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy


def compute_regression_metrics(
    values: NDArray[np.float64], y: NDArray[np.float64], scale: float, weights: NDArray[np.floating] | None = None
) -> dict[str, float | None]:
    """Return root mean squared and mean absolute error, times `scale` to be in the target's unit, and r2.

    r2 is 1 minus the sum of (y - value)^2 over that of (y - mean)^2, for y (rows,) and values (rows,). It is undefined
    for a single row and where all y are the same. With weights (rows,) all sums and means are weighted.
    """
    error = values - y
    if weights is not None:
        total, squares = float(weights.sum()), float(weights @ np.square(error))
        spread = float(weights @ np.square(y - (weights @ y) / total))
        return {
            "rmse": float(np.sqrt(squares / total)) * scale,
            "mae": float(weights @ np.abs(error)) / total * scale,
            "r2": 1 - squares / spread if float(y.min()) < float(y.max()) else None,
        }
    squares = float(error @ error)
    varies = float(y.min()) < float(y.max())
    r2 = 1 - squares / float(np.square(y - y.mean()).sum()) if varies else None
    return {"rmse": float(np.sqrt(squares / len(y))) * scale, "mae": float(np.abs(error).mean()) * scale, "r2": r2}


def compute_quantile_metrics(
    predicted: NDArray[np.float64],
    y: NDArray[np.float64],
    quantiles: Sequence[float],
    scale: float,
    weights: NDArray[np.floating] | None,
) -> dict[str, float | None]:
    """Return the pinball loss, times `scale`, and the coverage of the outermost two quantiles; nothing without any.

    pinball is the mean over quantiles q of max(q (y - value), (q - 1) (y - value)) for y (rows,) and predicted
    quantiles (rows, quantiles), in ascending order (Koenker & Bassett 1978). coverage is the share of rows from the
    first to the last of them: with 0.05 and 0.95 it should be 0.9. It is left out of a single quantile.
    """
    if not quantiles:
        return {}
    error, levels = y[:, None] - predicted, np.array(quantiles)
    losses = np.maximum(levels * error, (levels - 1) * error).mean(axis=1)
    metrics: dict[str, float | None] = {"pinball": float(np.average(losses, weights=weights)) * scale}
    if len(quantiles) > 1:
        is_inside = (predicted[:, 0] <= y) & (y <= predicted[:, -1])
        metrics["coverage"] = float(np.average(is_inside, weights=weights))
    return metrics


def find_quantiles(
    values: NDArray[np.float64], quantiles: Sequence[float], weights: NDArray[np.floating] | None = None
) -> NDArray[np.float64]:
    """Return the quantiles of values (rows,): for each q the least value that q of all weight is not above."""
    order = np.argsort(values, kind="stable")
    shares = np.cumsum(np.ones(len(values)) if weights is None else weights[order].astype(np.float64))
    parts: list[float] = [quantile * float(shares[-1]) * (1 - 1e-12) for quantile in quantiles]
    return values[order][np.minimum(np.searchsorted(shares, np.array(parts)), len(values) - 1)]


def average_metrics(of_each: Sequence[dict[str, float | None]], names: Sequence[str]) -> dict[str, float | None]:
    """Return the mean of each metric over targets, and then those of each target, with its name behind."""
    metrics: dict[str, float | None] = {}
    for metric in of_each[0]:
        known = [value for found in of_each if (value := found[metric]) is not None]
        metrics[metric] = sum(known) / len(known) if known else None
    for name, found in zip(names, of_each, strict=True):
        metrics |= {f"{metric}_{name}": value for metric, value in found.items()}
    return metrics


def compute_class_metrics(
    logits: NDArray[np.floating], y: NDArray[np.int64], classes: int, weights: NDArray[np.floating] | None = None
) -> dict[str, float | None]:
    """Return accuracy, macro F1 and log loss for class numbers y (rows,), and for two classes also auc.

    F1 of a class is 2 correct / (predicted + actual), and macro F1 its mean over the classes that occur or are
    predicted. Log loss is the cross-entropy without class weights. auc, the area under the ROC curve, is undefined and
    left out where only one class occurs. With weights (rows,) rows are counted by them.
    """
    is_binary = logits.shape[1] == 1
    predicted = (logits[:, 0] > 0).astype(np.int64) if is_binary else logits.argmax(axis=1)
    right, total = predicted == y, len(y) if weights is None else float(weights.sum())
    correct = np.bincount(y[right], None if weights is None else weights[right], minlength=classes)
    counts = np.bincount(predicted, weights, minlength=classes) + np.bincount(y, weights, minlength=classes)
    loss = BinaryCrossEntropy() if is_binary else CategoricalCrossEntropy()
    losses = loss.values(logits, loss.targets(y, logits.dtype))
    metrics: dict[str, float | None] = {
        "accuracy": float(correct.sum() / total),
        "macro_f1": float((2 * correct[counts > 0] / counts[counts > 0]).mean()),
        "log_loss": float(losses.mean(dtype=np.float64) if weights is None else (weights @ losses) / total),
    }
    if is_binary and 0 < y.sum() < len(y):
        metrics["auc"] = compute_auc(logits[:, 0], y, weights)
    return metrics


def compute_auc(
    scores: NDArray[np.floating], y: NDArray[np.int64], weights: NDArray[np.floating] | None = None
) -> float:
    """Return the probability that a row of class 1 outscores one of class 0; ties count half (Mann & Whitney 1947).

    With weights (rows,) it is that of rows drawn in proportion to them.
    """
    if weights is not None:
        order = np.argsort(scores[y == 0], kind="stable")
        zeros, ones = scores[y == 0][order], scores[y == 1]
        sums = np.append(0.0, np.cumsum(weights[y == 0][order]))
        below, not_above = (sums[np.searchsorted(zeros, ones, side)] for side in ("left", "right"))
        return float(weights[y == 1] @ (below + not_above) / (2 * weights[y == 1].sum() * sums[-1]))
    ones, zeros = np.sort(scores[y == 1]), np.sort(scores[y == 0])  # sorted keys are faster to search
    below, not_above = np.searchsorted(zeros, ones, "left"), np.searchsorted(zeros, ones, "right")
    return float((below.sum() + not_above.sum()) / (2 * len(ones) * len(zeros)))
