"""Metrics: how good a net is, in words that people use.

A loss is what training can follow downhill; accuracy, or an error in the target's own units, is what people ask for.
"""

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy


def compute_metrics(logits: NDArray[np.floating], data: ArrayDataset) -> dict[str, float]:
    """Return the metrics of the logits (rows, outputs) that a net gave for the rows of `data`."""
    if data.classes:
        return compute_class_metrics(logits, data.y.astype(np.int64, copy=False), data.classes)
    return compute_regression_metrics(logits[:, 0].astype(np.float64), data.y[:, 0].astype(np.float64), data.scale)


def compute_regression_metrics(values: NDArray[np.float64], y: NDArray[np.float64], scale: float) -> dict[str, float]:
    """Return root mean square and mean absolute error, times `scale` to be in the target's own unit, and r2.

    r2 is the part of the variance of y (rows,) that the values (rows,) explain: 1 minus the sum of (y - value)^2 over
    that of (y - mean)^2. For a y that does not vary it is 1 if all values are right, and 0 if not.
    """
    error = values - y
    squares = float(error @ error)
    spread = float(np.square(y - y.mean()).sum())
    r2 = 1 - squares / spread if spread else float(squares == 0)
    return {"rmse": float(np.sqrt(squares / len(y))) * scale, "mae": float(np.abs(error).mean()) * scale, "r2": r2}


def compute_class_metrics(logits: NDArray[np.floating], y: NDArray[np.int64], classes: int) -> dict[str, float]:
    """Return accuracy, macro F1 and log loss for class numbers y (rows,), and for two classes also auc.

    F1 of a class is 2 right / (predicted + actual), and macro F1 its mean over the classes that occur or are predicted.
    Log loss is the mean of -log p of the right class, the cross-entropy without class weights. auc, the area under the
    ROC curve, is left out where only one class occurs, as it has no value there.
    """
    two = logits.shape[1] == 1
    predicted = (logits[:, 0] > 0).astype(np.int64) if two else logits.argmax(axis=1)
    right = np.bincount(y[predicted == y], minlength=classes)
    counted = np.bincount(predicted, minlength=classes) + np.bincount(y, minlength=classes)
    loss = BinaryCrossEntropy() if two else CategoricalCrossEntropy()
    losses = loss.values(logits, loss.targets(y, logits.dtype))
    found = {
        "accuracy": float(right.sum() / len(y)),
        "macro_f1": float((2 * right[counted > 0] / counted[counted > 0]).mean()),
        "log_loss": float(losses.mean(dtype=np.float64)),
    }
    if two and 0 < y.sum() < len(y):
        found["auc"] = compute_auc(logits[:, 0], y)
    return found


def compute_auc(scores: NDArray[np.floating], y: NDArray[np.int64]) -> float:
    """Return the chance that a row of class 1 scores above one of class 0, ties counting half (Mann & Whitney 1947)."""
    ones, zeros = np.sort(scores[y == 1]), np.sort(scores[y == 0])  # sorted needles are found faster
    below, not_above = np.searchsorted(zeros, ones, "left"), np.searchsorted(zeros, ones, "right")
    return float((below.sum() + not_above.sum()) / (2 * len(ones) * len(zeros)))
