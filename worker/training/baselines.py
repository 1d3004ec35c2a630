"""The baselines of a job at its end: scored on the rows of its evaluation, with the net beside each of them.

Linear ones always, unless they take too long; boosted trees where scikit-learn is installed.
"""

from typing import Final

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.encoding.table import TableEncoder
from learning.insight.baseline_scores import score_baseline, score_baselines
from learning.insight.baselines import MAX_EVALUATED_ROWS
from learning.insight.boosted_trees import Folds, TreePredictions, is_installed, predict_boosted_trees
from learning.insight.eval_sample import EvalSample
from learning.tasks.evaluation import BaselineScore
from process.logs import Logger
from store.database import first_line

MIN_EFFORT: Final = 2.0**28
"""The multiplications that linear baselines may always take, about a tenth of a second."""


def score_baselines_of_split(
    prepared: PreparedData, inputs: TableEncoder, sample: EvalSample, effort: float, log: Logger
) -> tuple[BaselineScore, ...] | None:
    """The baselines on a sample's rows, and the net beside them; out-of-fold if the net's predictions are.

    `effort` is about how many multiplications may fit linear ones. None if there are none.
    """
    sample = sample.subsample(MAX_EVALUATED_ROWS)
    measured: ArrayDataset = getattr(prepared, sample.split).take(sample.indices)
    folds = None
    if sample.are_trained and prepared.rows.folds is not None:
        own = prepared.rows.folds[prepared.rows.train]
        folds = Folds(own, own[sample.indices])
    linear = score_baselines(
        sample,
        measured,
        prepared.train,
        bins=inputs.bins,
        folds=None if folds is None else folds.measured,
        train_folds=None if folds is None else folds.train,
        max_multiplications=max(effort, MIN_EFFORT),
    )
    trees = _predict_trees(inputs, prepared.train, measured, folds, log)
    boosted = None if trees is None else score_baseline(sample, measured, "boosted_trees", trees.logits, trees.note)
    return (*(linear or ()), *(() if boosted is None else (boosted,))) or None


def _predict_trees(
    inputs: TableEncoder, train: ArrayDataset, measured: ArrayDataset, folds: Folds | None, log: Logger
) -> TreePredictions | None:
    """The predictions of boosted trees; a failure of another library is logged, and costs this baseline alone."""
    if not is_installed():
        return None
    try:
        return predict_boosted_trees(inputs, train, measured, folds)
    except Exception as error:
        log.warning("no boosted trees measured", error=first_line(error), exc_info=error)
        return None
