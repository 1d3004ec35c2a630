"""Baselines: the metrics of a constant prediction and of linear or logistic regression, on the rows of the net.

A net that is no better than always predicting the mean has learned nothing, however good its loss curve looks.
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
"""Bounds that keep a baseline cheap: rows it is fitted to, rows it is measured on, inputs it uses."""

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
    """What a net has to beat.

    Attributes:
        naive: A constant prediction.
        linear: Linear or logistic regression.
        rows: How many rows the net is measured on; None for jobs that are older than this number.
    """

    naive: Baseline
    linear: Baseline
    rows: int | None = None


def fit_baselines(train: ArrayDataset, evaluated: ArrayDataset) -> Baselines:
    """Fit both baselines to the training rows, and measure them on the rows that the net is measured on."""
    learned, measured = subsample(train, MAX_TRAIN_ROWS), subsample(evaluated, MAX_EVALUATED_ROWS)
    inputs = _select_inputs(learned.x)
    guess = np.broadcast_to(_constant_logits(learned), (len(measured), learned.outputs))
    weights = _fit_logistic(learned, inputs) if learned.classes else _fit_linear(learned, inputs)
    classes = bool(learned.classes)
    return Baselines(
        Baseline("most_frequent_class" if classes else "mean", compute_metrics(guess, measured)),
        Baseline(
            "logistic" if classes else "linear", compute_metrics(_with_bias(measured.x, inputs) @ weights, measured)
        ),
        len(evaluated),
    )


def subsample(data: ArrayDataset, max_rows: int) -> ArrayDataset:
    """At most so many of the rows, evenly spaced."""
    if len(data) <= max_rows:
        return data
    rows = np.linspace(0, len(data) - 1, max_rows).astype(np.intp)
    return ArrayDataset(data.x[rows], data.y[rows], data.classes, data.mean, data.scale)


def _constant_logits(data: ArrayDataset) -> NDArray[np.float64]:
    """The logits (outputs,) of the best constant prediction: the mean, or the frequency of each class."""
    if not data.classes:
        return data.y.mean(axis=0, dtype=np.float64)
    # half a row more of each class, so that none is impossible
    shares = np.log(np.bincount(data.y.astype(np.intp), minlength=data.classes) + 0.5)
    return shares if data.outputs > 1 else shares[1:] - shares[:1]


def _select_inputs(x: NDArray[np.floating]) -> NDArray[np.intp] | slice:
    """The inputs that a baseline uses: all, or those with the largest variance."""
    if x.shape[1] <= MAX_INPUTS:
        return slice(None)
    return np.sort(np.argsort(-x.var(axis=0), kind="stable")[:MAX_INPUTS])


def _with_bias(x: NDArray[np.floating], inputs: NDArray[np.intp] | slice) -> NDArray[np.float64]:
    """The inputs (rows, inputs + 1) with a 1 at the end, so that the last weight is the bias."""
    return np.hstack([x[:, inputs].astype(np.float64), np.ones((len(x), 1))])


def _ridge_matrix(inputs: int) -> NDArray[np.float64]:
    """RIDGE for each weight, and next to nothing for the bias, as a diagonal matrix."""
    return np.diag(np.append(np.full(inputs - 1, RIDGE_PENALTY), 1e-6))


def _fit_linear(data: ArrayDataset, inputs: NDArray[np.intp] | slice) -> NDArray[np.float64]:
    """The weights (inputs + 1, 1) of least squared error, with a ridge (Hoerl & Kennard 1970)."""
    x = _with_bias(data.x, inputs)
    y = data.y.astype(np.float64)
    return np.linalg.inv(x.T @ x + _ridge_matrix(x.shape[1])) @ (x.T @ y)


def _fit_logistic(data: ArrayDataset, inputs: NDArray[np.intp] | slice) -> NDArray[np.float64]:
    """The weights (inputs + 1, outputs) of a logistic model, by steps that can only go downhill.

    The Hessian of the cross-entropy is never above half of x'x for each class, a fourth of it for two (Böhning 1992),
    so that one factorisation serves all of the Newton-like steps. They gather speed as Nesterov's do, and start over
    where that leads uphill (O'Donoghue & Candès 2015).
    """
    x, y = _with_bias(data.x, inputs), data.y.astype(np.intp)
    right = np.eye(data.classes)[y]
    bound = 0.25 if data.outputs == 1 else 0.5
    ridge = _ridge_matrix(x.shape[1])
    step = np.linalg.inv(bound * (x.T @ x) + ridge) @ x.T
    shrink = np.linalg.inv(bound * (x.T @ x) + ridge) @ ridge
    weights = np.zeros((x.shape[1], data.outputs))
    weights[-1] = _constant_logits(data)
    ahead, speed = weights, 1.0
    for _ in range(min(MAX_STEPS, max(MIN_STEPS, MAX_MULTIPLICATIONS // (x.size * data.outputs)))):
        error = (right - compute_probabilities(x @ ahead))[:, -data.outputs :]
        after = ahead + step @ error - shrink @ ahead
        moved = after - weights
        if float(np.sum((after - ahead) * moved)) < 0:
            speed = 1.0
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        ahead, weights, speed = after + (speed - 1) / faster * moved, after, float(faster)
    return weights
