"""The verdict: what a training came to, in one sentence that says how much better than guessing it is.

A loss of 0.31 says nothing to a beginner; "off by 12 where always saying the mean is off by 20" does.
"""

from collections.abc import Mapping

from learning.insight.baselines import Baselines
from learning.insight.formatting import format_number, format_percent

EQUAL_TOLERANCE = 0.02
"""Errors within this share of each other are called equal."""


def compose_verdict(metrics: Mapping[str, float | None], baselines: Baselines, *, balanced: bool) -> str | None:
    """One sentence on the metrics of a net beside those of the baselines; None if they tell nothing.

    Args:
        metrics: Those of the net.
        baselines: What it has to beat.
        balanced: Whether classes were to count alike, however rare they are.
    """
    three = (metrics, baselines.naive.metrics, baselines.linear.metrics)
    net, naive, linear = (main_error(found, balanced=balanced) for found in three)
    if net is None or naive is None or linear is None:
        return None
    better = 1 - net / naive if naive else 0.0
    if better <= EQUAL_TOLERANCE:
        claim = "No better than guessing"
    elif net > linear * (1 + EQUAL_TOLERANCE):
        claim = f"Better than guessing by {format_percent(better)}, but a {baselines.linear.name} model is better still"
    else:
        claim = f"Better than guessing by {format_percent(better)}"
    if baselines.naive.name == "mean":
        return (
            f"{claim}: off by {format_number(net)} (root mean square); always saying the mean is off by "
            f"{format_number(naive)}, a "
            f"linear model by {format_number(linear)}."
        )
    if not balanced:
        return (
            f"{claim}: right for {format_percent(1 - net)} of the rows; always saying the most frequent class "
            f"is right for "
            f"{format_percent(1 - naive)}, a logistic model for {format_percent(1 - linear)}."
        )
    return (
        f"{claim}: it scores {format_number(1 - net)} of 1 where all classes count alike (macro F1); always "
        f"saying the most "
        f"frequent class scores {format_number(1 - naive)}, a logistic model {format_number(1 - linear)}."
    )


def main_error(metrics: Mapping[str, float | None], *, balanced: bool) -> float | None:
    """How wrong it is, 0 for never: the root mean square error, or the share of rows whose class is wrong.

    Where classes are to count alike, it is what macro F1 lacks of 1.
    """
    if (right := metrics.get("macro_f1" if balanced else "accuracy")) is not None:
        return 1 - right
    return metrics.get("rmse")
