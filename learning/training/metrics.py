"""Metrics of regression (rmse, mae, r2) and classification (accuracy, macro F1, log loss, AUC)."""

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy


def compute_metrics(logits: NDArray[np.floating], data: ArrayDataset) -> dict[str, float | None]:
    """Return the metrics of a net's logits (rows, outputs) for the rows of `data`; None where one is undefined."""
    if data.classes:
        return compute_class_metrics(logits, data.y.astype(np.int64, copy=False), data.classes)
    return compute_regression_metrics(logits[:, 0].astype(np.float64), data.y[:, 0].astype(np.float64), data.scale)


def compute_regression_metrics(
    values: NDArray[np.float64], y: NDArray[np.float64], scale: float
) -> dict[str, float | None]:
    """Return root mean squared and mean absolute error, times `scale` to be in the target's unit, and r2.

    r2 is 1 minus the sum of (y - value)^2 over that of (y - mean)^2, for y (rows,) and values (rows,). It is undefined
    for a single row and where all y are the same.
    """
    error = values - y
    squares = float(error @ error)
    varies = float(y.min()) < float(y.max())
    r2 = 1 - squares / float(np.square(y - y.mean()).sum()) if varies else None
    return {"rmse": float(np.sqrt(squares / len(y))) * scale, "mae": float(np.abs(error).mean()) * scale, "r2": r2}


def compute_class_metrics(logits: NDArray[np.floating], y: NDArray[np.int64], classes: int) -> dict[str, float | None]:
    """Return accuracy, macro F1 and log loss for class numbers y (rows,), and for two classes also auc.

    F1 of a class is 2 correct / (predicted + actual), and macro F1 its mean over the classes that occur or are
    predicted. Log loss is the cross-entropy without class weights. auc, the area under the ROC curve, is undefined and
    left out where only one class occurs.
    """
    is_binary = logits.shape[1] == 1
    predicted = (logits[:, 0] > 0).astype(np.int64) if is_binary else logits.argmax(axis=1)
    correct = np.bincount(y[predicted == y], minlength=classes)
    counts = np.bincount(predicted, minlength=classes) + np.bincount(y, minlength=classes)
    loss = BinaryCrossEntropy() if is_binary else CategoricalCrossEntropy()
    losses = loss.values(logits, loss.targets(y, logits.dtype))
    metrics: dict[str, float | None] = {
        "accuracy": float(correct.sum() / len(y)),
        "macro_f1": float((2 * correct[counts > 0] / counts[counts > 0]).mean()),
        "log_loss": float(losses.mean(dtype=np.float64)),
    }
    if is_binary and 0 < y.sum() < len(y):
        metrics["auc"] = compute_auc(logits[:, 0], y)
    return metrics


def compute_auc(scores: NDArray[np.floating], y: NDArray[np.int64]) -> float:
    """Return the probability that a row of class 1 outscores one of class 0; ties count half (Mann & Whitney 1947)."""
    ones, zeros = np.sort(scores[y == 1]), np.sort(scores[y == 0])  # sorted keys are faster to search
    below, not_above = np.searchsorted(zeros, ones, "left"), np.searchsorted(zeros, ones, "right")
    return float((below.sum() + not_above.sum()) / (2 * len(ones) * len(zeros)))
