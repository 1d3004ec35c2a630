"""The baselines of a job at its end: scored on the rows of its evaluation, with the net beside each of them.

Linear ones always, unless they take too long; boosted trees where scikit-learn is installed.
"""

from typing import Final

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.insight.baseline_scores import score_baseline, score_baselines
from learning.insight.baselines import MAX_EVALUATED_ROWS
from learning.insight.boosted_trees import BoostedTrees, Folds, TreePredictions, is_installed
from learning.insight.eval_sample import EvalSample
from learning.tasks.evaluation import BaselineScore
from process.logs import Logger
from store.database import first_line

MIN_EFFORT: Final = 2.0**28
"""The multiplications that linear baselines may always take, about a tenth of a second."""


def score_baselines_of_split(
    prepared: PreparedData, trees: BoostedTrees, sample: EvalSample, effort: float, log: Logger
) -> tuple[BaselineScore, ...] | None:
    """The baselines on a sample's rows, and the net beside them; out-of-fold if the net's predictions are.

    `effort` is about how many multiplications may fit linear ones; `trees` are those of these training rows. None if
    there are none.
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
        bins=trees.encoder.bins,
        folds=None if folds is None else folds.measured,
        train_folds=None if folds is None else folds.train,
        max_multiplications=max(effort, MIN_EFFORT),
    )
    found = _predict_trees(trees, measured, folds, log)
    boosted = None if found is None else score_baseline(sample, measured, "boosted_trees", found.logits, found.note)
    return (*(linear or ()), *(() if boosted is None else (boosted,))) or None


def _predict_trees(
    trees: BoostedTrees, measured: ArrayDataset, folds: Folds | None, log: Logger
) -> TreePredictions | None:
    """The predictions of boosted trees; a failure of another library is logged, and costs this baseline alone."""
    if not is_installed():
        return None
    try:
        return trees.predict(measured, folds)
    except Exception as error:
        log.warning("no boosted trees measured", error=first_line(error), exc_info=error)
        return None
