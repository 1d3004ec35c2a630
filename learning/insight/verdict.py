"""The verdict on a training: its main metric beside those of the baselines, in one sentence.

A loss of 0.31 means nothing to a beginner; "RMSE 12, always guessing the mean: 20" does.
"""

from collections.abc import Mapping

from learning.insight.baselines import Baselines
from learning.insight.formatting import format_number, format_percent

EQUAL_TOLERANCE = 0.02
"""Errors within this share of each other count as equal."""


def compose_verdict(
    metrics: Mapping[str, float | None], baselines: Baselines, *, balanced: bool, held_out: bool
) -> str | None:
    """Compare a net with its baselines in one sentence; None if a metric is not known.

    Args:
        metrics: The net's metrics.
        baselines: The baselines' metrics.
        balanced: Whether every class counts the same, however rare it is: macro F1 instead of accuracy.
        held_out: Whether the metrics are of held-out rows and not of training rows.
    """
    sources = (metrics, baselines.naive.metrics, baselines.linear.metrics)
    name, show = ("r2" if has_several_targets(metrics) else "rmse"), format_number
    if baselines.naive.name == "most_frequent_class":
        name, show = ("macro_f1", format_number) if balanced else ("accuracy", format_percent)
    if baselines.naive.name == "popularity":
        name, show = "recall_at_10", format_percent
    net, naive, linear = (values.get(name) for values in sources)
    if net is None or naive is None or linear is None:
        return None
    claim = {
        "rmse": f"Typical error (RMSE) {show(net)}",
        "r2": f"R² {show(net)}, the mean of all targets,",
        "accuracy": f"{show(net)} accurate",
        "macro_f1": f"Macro F1 {show(net)} of 1 (every class counts the same)",
        "recall_at_10": f"The first ten recommended have {show(net)} of what was chosen",
    }[name]
    count = "" if baselines.rows is None else f"{baselines.rows:,} "
    unit = "user" if baselines.naive.name == "popularity" or baselines.linear.name == "levels" else "row"
    rows = f"{count}{'held-out' if held_out else 'training'} {unit}{'' if baselines.rows == 1 else 's'}"
    return (
        f"{claim} on {rows}; {describe_baseline(baselines.naive.name)}: {show(naive)}; "
        f"{describe_baseline(baselines.linear.name)}: {show(linear)}."
    )


def describe_baseline(name: str) -> str:
    """Describe a baseline in a few words."""
    return {
        "mean": "always guessing the mean",
        "most_frequent_class": "always guessing the most common class",
        "linear": "linear regression",
        "logistic": "logistic regression",
        "levels": "how high user and item are rated",
        "popularity": "the most popular",
        "linear_items": "the linear item model",
    }[name]


def main_error(metrics: Mapping[str, float | None], *, balanced: bool) -> float | None:
    """The error by which nets are compared: RMSE, or the error rate; balanced: 1 - macro F1; of choices 1 - recall.

    Of several targets it is 1 - R², as RMSE is in units that each has of its own.
    """
    if (recall := metrics.get("recall_at_10")) is not None:
        return 1 - recall
    if has_several_targets(metrics):
        r2 = metrics.get("r2")
        return None if r2 is None else 1 - r2
    if (score := metrics.get("macro_f1" if balanced else "accuracy")) is not None:
        return 1 - score
    return metrics.get("rmse")


def has_several_targets(metrics: Mapping[str, float | None]) -> bool:
    """Whether metrics are means over several targets, which follow with their names."""
    return any(name.startswith("rmse_") for name in metrics)
