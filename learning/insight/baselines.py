"""Baselines: the metrics of a constant prediction and of linear or logistic regression, on the rows of the net.

A net that is no better than always guessing the mean has learned nothing, however good its loss curve looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.term_matrix import find_frequent_terms, write_term_matrix
from learning.tasks.comparison import Comparison
from learning.tasks.intervals import ConfidenceInterval
from learning.tasks.task import BaselineName

MAX_TRAIN_ROWS: Final = 4096
MAX_EVALUATED_ROWS: Final = 16384
MAX_INPUTS: Final = 512
"""Bounds of a baseline's cost."""

MAX_RANKED_PICTURES: Final = 128
"""Training pictures by which those pixels are chosen that become inputs, so that no others are converted."""


@dataclass(frozen=True)
class Baseline:
    """A model simpler than a net, its metrics, and the net beside it by metric, as far as that is known."""

    name: BaselineName
    metrics: Mapping[str, float | None]
    comparisons: Mapping[str, Comparison] = field(default_factory=dict[str, Comparison])
    note: str | None = None
    """What it learned from, where that is not all; a sentence."""


@dataclass(frozen=True)
class NetScore:
    """The metrics of a net on the rows of its baselines, with their confidence intervals as far as they are known."""

    metrics: Mapping[str, float | None]
    intervals: Mapping[str, ConfidenceInterval]


@dataclass(frozen=True)
class Baselines:
    """A constant prediction, linear or logistic regression, and boosted trees; `rows` are those measured on.

    `boosted` is None before the training has ended, and where scikit-learn is not installed; `rows` for old jobs.
    `net` is the net on these rows; None while it learns, and for old jobs.
    """

    naive: Baseline
    linear: Baseline
    rows: int | None = None
    boosted: Baseline | None = None
    net: NetScore | None = None

    @property
    def models(self) -> tuple[Baseline, ...]:
        """Those that learn from the columns, the simplest first."""
        return (self.linear,) if self.boosted is None else (self.linear, self.boosted)


def fit_baselines(train: ArrayDataset, evaluated: ArrayDataset, bins: NDArray[np.intp] | None = None) -> Baselines:
    """Fit both baselines to the training rows, and measure them on the rows that the net is measured on.

    The linear one does not see those inputs that are bins of numbers or dates, with which it would not be linear.
    """
    own = evaluated.target.measure_baselines(train.y, evaluated.y, evaluated.weights)
    if own is not None:
        naive, linear = [Baseline(name, metrics) for name, metrics in own.items()]
        return Baselines(naive, linear, len(evaluated))
    measured = subsample(evaluated, MAX_EVALUATED_ROWS)
    naive, linear = predict_baselines(train, measured, bins).items()
    return Baselines(
        Baseline(naive[0], measured.compute_metrics(naive[1])),
        Baseline(linear[0], measured.compute_metrics(linear[1])),
        len(evaluated),
    )


def predict_baselines(
    train: ArrayDataset, measured: ArrayDataset, bins: NDArray[np.intp] | None = None
) -> dict[BaselineName, NDArray[np.float64]]:
    """The logits (rows, outputs) of both baselines, fitted to training rows, for measured rows."""
    train = subsample(train, MAX_TRAIN_ROWS)
    if bins is not None:
        train, measured = [replace(part, x=np.delete(part.x, bins, axis=1)) for part in (train, measured)]
    train, measured = _make_ids_one_hot(train, train), _make_ids_one_hot(train, measured)
    train, measured = _append_pixels(train, train), _append_pixels(train, measured)
    measured, train = _append_terms(train, measured), _append_terms(train, train)
    inputs = _select_inputs(train.x)
    target, weights = train.target, train.weights
    constant = np.broadcast_to(target.constant_logits(train.y, weights), (len(measured), train.outputs))
    fitted = target.fit_linear_model(_with_bias(train.x, inputs), train.y, weights)
    naive, linear = target.baselines
    return {naive: constant, linear: _with_bias(measured.x, inputs) @ fitted}


def _make_ids_one_hot(train: ArrayDataset, data: ArrayDataset) -> ArrayDataset:
    """The rows with an input for each of the ids that are the most frequent in training rows, behind the numbers."""
    if train.ids is None or data.ids is None:
        return data
    inputs = [data.x]
    for column, own in zip(train.ids.T, data.ids.T, strict=True):
        known, counts = np.unique(column, return_counts=True)
        frequent = known[np.argsort(-counts, kind="stable")[:MAX_INPUTS]]
        inputs.append(np.equal(own[:, None], frequent).astype(np.float32))
    return replace(data, x=np.hstack(inputs))


def _append_pixels(train: ArrayDataset, data: ArrayDataset) -> ArrayDataset:
    """The rows with an input for each pixel, from 0 to 1, of those that vary most in training rows, behind numbers."""
    if train.images is None or data.images is None:
        return data
    some = train.images[evenly_spaced_rows(len(train), MAX_RANKED_PICTURES)].astype(np.float32)
    pixels = data.images.reshape(len(data), -1)[:, _select_inputs(some.reshape(len(some), -1))] / np.float32(255)
    return replace(data, x=np.hstack([data.x, pixels]), images=None)


def _append_terms(train: ArrayDataset, data: ArrayDataset) -> ArrayDataset:
    """The rows with an input for the weight of each of the terms that most training rows have, behind the numbers."""
    if train.terms is None or data.terms is None:
        return data
    frequent = find_frequent_terms(train.terms, MAX_INPUTS)
    return replace(data, x=np.hstack([data.x, write_term_matrix(data.terms, frequent)]), terms=None)


def subsample(data: ArrayDataset, max_rows: int) -> ArrayDataset:
    """At most this many of the rows, evenly spaced, the first and the last among them."""
    return data if len(data) <= max_rows else data.take(evenly_spaced_rows(len(data), max_rows))


def evenly_spaced_rows(rows: int, max_rows: int) -> NDArray[np.intp]:
    """The numbers of at most this many rows, evenly spaced, the first and the last among them."""
    return np.linspace(0, rows - 1, min(rows, max_rows)).astype(np.intp)


def _select_inputs(x: NDArray[np.floating]) -> NDArray[np.intp] | slice:
    """The inputs that a baseline uses: all, or those with the largest variance."""
    if x.shape[1] <= MAX_INPUTS:
        return slice(None)
    return np.sort(np.argsort(-x.var(axis=0), kind="stable")[:MAX_INPUTS])


def _with_bias(x: NDArray[np.floating], inputs: NDArray[np.intp] | slice) -> NDArray[np.float64]:
    """The inputs (rows, inputs + 1) with a 1 at the end, so that the last weight is the bias."""
    return np.hstack([x[:, inputs].astype(np.float64), np.ones((len(x), 1))])
