"""Scores of predictions, and what they say of contestants: ranks, normalised scores, wins minus losses."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score

MEASURES: Final = ("score", "proper")
"""R², AUC or accuracy; and a proper score: R², or minus the log loss."""

TIE: Final = 0.02
"""Contestants nearer than this share of a table's range, from the worst to the best, tie."""


class Score(NamedTuple):
    """How good predictions are, the more the better."""

    score: float
    proper: float


def measure(predictions: pd.DataFrame, expected: pd.Series, task: str) -> Score:
    """The score of predictions: of numbers in `value`, or a probability in a column for each class."""
    if task == "regression":
        r2 = float(r2_score(expected, predictions["value"]))
        return Score(r2, r2)
    classes = sorted(predictions.columns)
    shares = predictions[classes].to_numpy()
    shares = np.clip(shares / shares.sum(axis=1, keepdims=True), 1e-7, 1.0)
    proper = -float(log_loss(expected, shares / shares.sum(axis=1, keepdims=True), labels=classes))
    if task == "binary":
        return Score(float(roc_auc_score(expected == classes[1], shares[:, 1])), proper)
    return Score(float(accuracy_score(expected, np.array(classes)[shares.argmax(axis=1)])), proper)


def summarize(results: pd.DataFrame, subject: str, anchors: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A line for each contestant, and one for each that the subject is compared with.

    Scores are normalised per table and seed between the worst and the best of the anchors, so that a variant of the
    subject moves nobody else's.

    Args:
        results: A row for each `table`, `seed` and `contestant`, with MEASURES and `seconds`.
        subject: The contestant that is compared.
        anchors: The contestants that make the scale.
    """
    lines, duels = dict[str, pd.Series](), dict[str, pd.Series]()
    for measure_name in MEASURES:
        wide = results.pivot_table(index=["table", "seed"], columns="contestant", values=measure_name)
        scale = wide[anchors]
        low, span = scale.min(axis=1), (scale.max(axis=1) - scale.min(axis=1)).clip(lower=1e-12)
        normal = wide.sub(low, axis=0).div(span, axis=0).groupby("table").mean()
        lines[f"{measure_name} rank"] = wide.rank(axis=1, ascending=False).groupby("table").mean().mean()
        lines[f"{measure_name} normalised"] = normal.mean()
        lines[f"{measure_name} worst"] = normal.min()
        gaps = normal.rsub(normal[subject], axis=0).drop(columns=subject)
        duels[f"{measure_name} difference"] = gaps.clip(-1, 1).mean()
        duels[f"{measure_name} wins minus losses"] = (gaps > TIE).sum() - (gaps < -TIE).sum()
    lines["median seconds"] = results.groupby("contestant")["seconds"].median()
    return pd.DataFrame(lines).sort_values("proper rank"), pd.DataFrame(duels)
