"""Baselines: the metrics of a constant prediction and of linear or logistic regression, on the rows of the net.

A net that is no better than always guessing the mean has learned nothing, however good its loss curve looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.nn.losses import compute_probabilities
from learning.training.metrics import compute_metrics

MAX_TRAIN_ROWS: Final = 4096
MAX_EVALUATED_ROWS: Final = 16384
MAX_INPUTS: Final = 512
"""Bounds of a baseline's cost."""

RIDGE_PENALTY: Final = 1.0
"""L2 penalty of the weights, so that collinear inputs do no harm."""

MAX_STEPS: Final = 60
MIN_STEPS: Final = 5
MAX_MULTIPLICATIONS: Final = 2**31
"""Steps of logistic regression: as many as this many multiplications allow, within these bounds."""


@dataclass(frozen=True)
class Baseline:
    """A model simpler than a net, and its metrics."""

    name: Literal["mean", "most_frequent_class", "linear", "logistic"]
    metrics: Mapping[str, float | None]


@dataclass(frozen=True)
class Baselines:
    """A constant prediction, and linear or logistic regression; `rows`, measured on, are None for old jobs."""

    naive: Baseline
    linear: Baseline
    rows: int | None = None


def fit_baselines(train: ArrayDataset, evaluated: ArrayDataset) -> Baselines:
    """Fit both baselines to the training rows, and measure them on the rows that the net is measured on."""
    train, measured = subsample(train, MAX_TRAIN_ROWS), subsample(evaluated, MAX_EVALUATED_ROWS)
    inputs = _select_inputs(train.x)
    constant = np.broadcast_to(_constant_logits(train), (len(measured), train.outputs))
    naive, linear, fit = "mean", "linear", _fit_linear
    if train.classes:
        naive, linear, fit = "most_frequent_class", "logistic", _fit_logistic
    logits = _with_bias(measured.x, inputs) @ fit(train, inputs)
    return Baselines(
        Baseline(naive, compute_metrics(constant, measured)),
        Baseline(linear, compute_metrics(logits, measured)),
        len(evaluated),
    )


def subsample(data: ArrayDataset, max_rows: int) -> ArrayDataset:
    """At most this many of the rows, evenly spaced, the first and the last among them."""
    return data if len(data) <= max_rows else data.take(evenly_spaced_rows(len(data), max_rows))


def evenly_spaced_rows(rows: int, max_rows: int) -> NDArray[np.intp]:
    """The numbers of at most this many rows, evenly spaced, the first and the last among them."""
    return np.linspace(0, rows - 1, min(rows, max_rows)).astype(np.intp)


def _constant_logits(data: ArrayDataset) -> NDArray[np.float64]:
    """The logits (outputs,) of the best constant prediction: the mean, or the frequency of each class."""
    if not data.classes:
        return (
            np.average(data.y, 0, data.weights) if data.weights is not None else data.y.mean(axis=0, dtype=np.float64)
        )
    # half a row more of each class (additive smoothing), so that none is impossible
    shares = np.log(np.bincount(data.y.astype(np.intp), data.weights, minlength=data.classes) + 0.5)
    return shares if data.outputs > 1 else shares[1:] - shares[:1]


def _select_inputs(x: NDArray[np.floating]) -> NDArray[np.intp] | slice:
    """The inputs that a baseline uses: all, or those with the largest variance."""
    if x.shape[1] <= MAX_INPUTS:
        return slice(None)
    return np.sort(np.argsort(-x.var(axis=0), kind="stable")[:MAX_INPUTS])


def _with_bias(x: NDArray[np.floating], inputs: NDArray[np.intp] | slice) -> NDArray[np.float64]:
    """The inputs (rows, inputs + 1) with a 1 at the end, so that the last weight is the bias."""
    return np.hstack([x[:, inputs].astype(np.float64), np.ones((len(x), 1))])


def _weigh(x: NDArray[np.float64], data: ArrayDataset) -> NDArray[np.float64]:
    """The rows of x, each times its weight."""
    return x if data.weights is None else x * data.weights[:, None]


def _ridge_matrix(inputs: int) -> NDArray[np.float64]:
    """The L2 penalty as a diagonal matrix, next to nothing for the bias."""
    return np.diag(np.append(np.full(inputs - 1, RIDGE_PENALTY), 1e-6))


def _fit_linear(data: ArrayDataset, inputs: NDArray[np.intp] | slice) -> NDArray[np.float64]:
    """The weights (inputs + 1, 1) of least squared error, with a ridge (Hoerl & Kennard 1970)."""
    x = _with_bias(data.x, inputs)
    y = data.y.astype(np.float64)
    weighed = _weigh(x, data)
    return np.linalg.inv(weighed.T @ x + _ridge_matrix(x.shape[1])) @ (weighed.T @ y)


def _fit_logistic(data: ArrayDataset, inputs: NDArray[np.intp] | slice) -> NDArray[np.float64]:
    """The weights (inputs + 1, outputs) of logistic regression, by accelerated bound optimization.

    The Hessian of the cross-entropy is never above half of x'x for each class, a fourth of it for two (Böhning 1992),
    so one factorisation serves all steps; Nesterov momentum is restarted where it leads uphill (O'Donoghue & Candès
    2015).
    """
    x, y = _with_bias(data.x, inputs), data.y.astype(np.intp)
    one_hot = np.eye(data.classes)[y]
    bound = 0.25 if data.outputs == 1 else 0.5
    ridge = _ridge_matrix(x.shape[1])
    weighed = _weigh(x, data)
    step = np.linalg.inv(bound * (weighed.T @ x) + ridge) @ weighed.T
    shrink = np.linalg.inv(bound * (weighed.T @ x) + ridge) @ ridge
    weights = np.zeros((x.shape[1], data.outputs))
    weights[-1] = _constant_logits(data)
    ahead, speed = weights, 1.0
    for _ in range(min(MAX_STEPS, max(MIN_STEPS, MAX_MULTIPLICATIONS // (x.size * data.outputs)))):
        error = (one_hot - compute_probabilities(x @ ahead))[:, -data.outputs :]
        after = ahead + step @ error - shrink @ ahead
        moved = after - weights
        if float(np.sum((after - ahead) * moved)) < 0:
            speed = 1.0
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        ahead, weights, speed = after + (speed - 1) / faster * moved, after, float(faster)
    return weights
