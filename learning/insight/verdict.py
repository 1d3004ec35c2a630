"""The verdict: what a training came to, in one sentence that says how much better than guessing it is.

A loss of 0.31 says nothing to a beginner; "off by 12 where always saying the mean is off by 20" does.
"""

from collections.abc import Mapping

from learning.insight.baselines import Baselines
from learning.insight.formatting import figure, percent

CLOSE = 0.02
"""Errors within this share of each other are called equal."""


def verdict(metrics: Mapping[str, float | None], baselines: Baselines, *, alike: bool) -> str | None:
    """One sentence on the metrics of a net beside those of the baselines; None if they tell nothing.

    Args:
        metrics: Those of the net.
        baselines: What it has to beat.
        alike: Whether classes were to count alike, however rare they are.
    """
    three = (metrics, baselines.naive.metrics, baselines.linear.metrics)
    net, naive, linear = (error_of(found, alike=alike) for found in three)
    if net is None or naive is None or linear is None:
        return None
    better = 1 - net / naive if naive else 0.0
    if better <= CLOSE:
        claim = "No better than guessing"
    elif net > linear * (1 + CLOSE):
        claim = f"Better than guessing by {percent(better)}, but a {baselines.linear.name} model is better still"
    else:
        claim = f"Better than guessing by {percent(better)}"
    if baselines.naive.name == "mean":
        return (
            f"{claim}: off by {figure(net)} (root mean square); always saying the mean is off by {figure(naive)}, a "
            f"linear model by {figure(linear)}."
        )
    if not alike:
        return (
            f"{claim}: right for {percent(1 - net)} of the rows; always saying the most frequent class is right for "
            f"{percent(1 - naive)}, a logistic model for {percent(1 - linear)}."
        )
    return (
        f"{claim}: it scores {figure(1 - net)} of 1 where all classes count alike (macro F1); always saying the most "
        f"frequent class scores {figure(1 - naive)}, a logistic model {figure(1 - linear)}."
    )


def error_of(metrics: Mapping[str, float | None], *, alike: bool) -> float | None:
    """How wrong it is, 0 for never: the root mean square error, or the share of rows whose class is wrong.

    Where classes are to count alike, it is what macro F1 lacks of 1.
    """
    if (right := metrics.get("macro_f1" if alike else "accuracy")) is not None:
        return 1 - right
    return metrics.get("rmse")
