"""The calibration of a net's intervals and sets, by rows that it did not learn from, and how often they hold.

Whoever reads an interval acts on it: how often such ones held what came true is measured, and not just promised.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.insight.eval_sample import EvalSample, evenly_spaced
from learning.nn.net import NeuralNet
from learning.seeding import rng_for
from learning.tasks.conformal import MAX_ROWS, CalibrationSource, ConformalScores
from learning.tasks.conformal_rank import find_rank
from learning.tasks.evaluation import CoverageMeasure
from learning.tasks.task import Target

LEVELS: Final = (0.5, 0.8, 0.9, 0.95)
"""The coverages that are measured."""


def fit_conformal_scores(
    prepared: PreparedData, net: NeuralNet, out_of_fold: EvalSample | None = None, ordered_by: str | None = None
) -> ConformalScores | None:
    """The nonconformity scores of rows that a net did not learn from; None if there are none, or of another task.

    Args:
        prepared: The data that the net learned from.
        net: The net.
        out_of_fold: What the nets of an ensemble say of rows that each of them did not learn from, if there is one.
        ordered_by: The column of a chronological split.
    """
    found: tuple[CalibrationSource, ArrayDataset, NDArray[np.floating]] | None = None
    if out_of_fold is not None and out_of_fold.are_trained:
        found = "out_of_fold", out_of_fold.data, out_of_fold.logits
    elif len(prepared.test):
        found = _predict("test", net, prepared.test)
    elif prepared.calibration_rows is not None:
        found = _predict("validation", net, prepared.validation, prepared.calibration_rows)
    if found is None or not len(found[1]):
        return None
    source, data, logits = found
    scores = data.target.score_nonconformity(logits, data.y)
    return None if scores is None else ConformalScores.create(scores, source, ordered_by)


def _predict(
    source: CalibrationSource, net: NeuralNet, data: ArrayDataset, rows: NDArray[np.intp] | None = None
) -> tuple[CalibrationSource, ArrayDataset, NDArray[np.floating]]:
    """At most 10,000 of these rows of a dataset, evenly spaced, with the net's logits."""
    chosen = np.arange(len(data)) if rows is None else rows
    part = data.take(chosen[evenly_spaced(len(chosen), MAX_ROWS)])
    return source, part, net.forward(*part.arrays)


def measure_coverage(sample: EvalSample, conformal: ConformalScores, *, is_own: bool) -> tuple[CoverageMeasure, ...]:
    """How often intervals and sets hold the targets of a sample's rows, at the usual levels, for each target.

    If the scores are of rows of the sample itself (`is_own`), each half of it is measured with the thresholds of the
    other half, as nothing is told by rows that it rests on.
    """
    data, logits = sample.data, sample.logits
    scores = data.target.score_nonconformity(logits, data.y)
    if scores is None or not len(scores):
        return ()
    halves = _halve(scores, conformal) if is_own else [(np.arange(len(scores)), conformal)]
    if not halves:
        return ()
    is_top = data.target.decode(logits).choices == data.y if data.target.labels else np.zeros(len(scores), np.bool_)
    names: tuple[str | None, ...] = data.target.names or (None,)
    found: list[CoverageMeasure] = []
    for level in LEVELS:
        if any(find_rank(part.rows, level) > part.rows for part in (conformal, *(part for _, part in halves))):
            continue
        covered = np.empty(scores.shape, np.bool_)
        for rows, part in halves:
            covered[rows] = scores[rows] <= part.find_thresholds(level)
        covered |= is_top[:, None]
        sizes = _measure_sizes(data.target, logits, conformal.find_thresholds(level))
        found += [
            CoverageMeasure(name, level, share, size)
            for name, share, size in zip(names, covered.mean(axis=0).tolist(), sizes, strict=True)
        ]
    return tuple(found)


def _halve(scores: NDArray[np.float64], conformal: ConformalScores) -> list[tuple[NDArray[np.intp], ConformalScores]]:
    """Two random halves of the rows, each with the scores of the other."""
    shuffled = rng_for(0, "halves of scores").permutation(len(scores))
    first, second = shuffled[: len(scores) // 2], shuffled[len(scores) // 2 :]
    if not len(first):
        return []
    return [
        (one, ConformalScores.create(scores[other], conformal.source))
        for one, other in ((first, second), (second, first))
    ]


def _measure_sizes(target: Target, logits: NDArray[np.floating], thresholds: NDArray[np.float64]) -> list[float]:
    """The mean width of the intervals of each number, or the mean size of the sets."""
    bounds = target.find_bounds(logits, thresholds)
    if target.labels:
        return [float(bounds.sum(axis=1).mean())]
    return [float(width) for width in (bounds[:, 1::2] - bounds[:, ::2]).mean(axis=0)]
