"""A net beside its baselines on the very rows that it is evaluated on, each difference with its confidence interval.

Baselines are fitted anew when a training ends, as only then the net's predictions are there to be paired with theirs.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.insight.baselines import MAX_INPUTS, MAX_TRAIN_ROWS, evenly_spaced_rows, predict_baselines
from learning.insight.eval_sample import EvalSample
from learning.tasks.comparison import compare_metrics
from learning.tasks.evaluation import BaselineScore, keep_finite
from learning.tasks.task import BaselineName

FIT_PASSES: Final = 120
"""About how often a fit passes over its rows: twice a step of logistic regression."""


def score_baselines(
    sample: EvalSample,
    measured: ArrayDataset,
    train: ArrayDataset,
    *,
    bins: NDArray[np.intp] | None = None,
    folds: NDArray[np.integer] | None = None,
    train_folds: NDArray[np.integer] | None = None,
    max_multiplications: float,
) -> tuple[BaselineScore, ...] | None:
    """The metrics of both baselines on a sample's rows, and the net's beside them; None if that takes too long.

    Args:
        sample: Rows with the net's predictions.
        measured: The same rows as they are encoded, before a net's vectors stand in for ids, pictures and texts.
        train: The training rows.
        bins: The inputs that a linear model does not see.
        folds: Of rows that were predicted out-of-fold the fold of each; baselines are then fitted without it.
        train_folds: The fold of each training row.
        max_multiplications: About how many multiplications all fits may take.
    """
    target = measured.target
    influences = target.compute_influences(sample.logits, measured.y, measured.weights)
    numbers = [None] if folds is None else np.unique(folds).tolist()
    if not influences or len(numbers) * _estimate_fit(train) > max_multiplications:
        return None
    logits: dict[BaselineName, NDArray[np.float64]] = {
        name: np.empty((len(measured), train.outputs)) for name in target.baselines
    }
    for number in numbers:
        own = np.arange(len(measured)) if folds is None else np.flatnonzero(folds == number)
        for name, found in predict_baselines(_leave_out(train, train_folds, number), measured.take(own), bins).items():
            logits[name][own] = found
    return tuple([score_baseline(sample, measured, name, found) for name, found in logits.items()])


def score_baseline(
    sample: EvalSample,
    measured: ArrayDataset,
    name: BaselineName,
    logits: NDArray[np.float64],
    note: str | None = None,
) -> BaselineScore:
    """The metrics of a baseline by its logits for a sample's rows, and the net's beside them, with a note on it."""
    both = [measured.target.compute_influences(each, measured.y, measured.weights) for each in (sample.logits, logits)]
    metrics, others = measured.compute_metrics(sample.logits), measured.compute_metrics(logits)
    return BaselineScore(name, keep_finite(others), compare_metrics(metrics, both[0], others, both[1]), note)


def _leave_out(train: ArrayDataset, folds: NDArray[np.integer] | None, fold: int | None) -> ArrayDataset:
    """As many training rows of other folds as a baseline is fitted to; all rows where there are no folds."""
    if folds is None:
        return train
    rows = np.flatnonzero(folds != fold)
    return train.take(rows[evenly_spaced_rows(len(rows), MAX_TRAIN_ROWS)])


def _estimate_fit(train: ArrayDataset) -> float:
    """About how many multiplications fit a linear model."""
    rows = min(len(train), MAX_TRAIN_ROWS)
    inputs = min(train.x.shape[1], MAX_INPUTS)
    for others in (train.ids, train.images, train.terms):
        inputs += 0 if others is None else MAX_INPUTS
    return rows * inputs * (inputs + FIT_PASSES * train.outputs)
