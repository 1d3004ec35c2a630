"""The verdict on a training: its main metric beside those of the baselines, in one sentence.

A loss of 0.31 means nothing to a beginner; "RMSE 12, always guessing the mean: 20" does.
"""

from collections.abc import Mapping

from learning.insight.baselines import Baseline, Baselines, NetScore
from learning.insight.formatting import format_number, format_percent
from learning.tasks.main_metric import MainMetric

EQUAL_TOLERANCE = 0.02
"""Errors within this share of each other count as equal."""


def compose_verdict(
    metrics: Mapping[str, float | None],
    baselines: Baselines,
    main: MainMetric,
    *,
    held_out: bool,
) -> str | None:
    """Compare a net with its baselines in one sentence; None if a metric is not known.

    Args:
        metrics: The net's metrics, as long as it is not known on the rows of the baselines.
        baselines: The baselines' metrics.
        main: Which metric to compare.
        held_out: Whether the metrics are of held-out rows and not of training rows.
    """
    score = baselines.net or NetScore(metrics, {})
    net = score.metrics.get(main.name)
    others = {each.name: each.metrics.get(main.name) for each in (baselines.naive, *baselines.models)}
    known = {name: value for name, value in others.items() if value is not None}
    if net is None or len(known) < len(others):
        return None
    show = format_percent if main.is_share else format_number
    count = "" if baselines.rows is None else f"{baselines.rows:,} "
    rows = f"{count}{'held-out' if held_out else 'training'} {main.unit}{'' if baselines.rows == 1 else 's'}"
    interval = score.intervals.get(main.name)
    between = "" if interval is None else f" ({show(interval.low)} to {show(interval.high)} with 95% confidence)"
    beside = [
        f"{describe_baseline(each.name)}: {show(known[each.name])}{_describe_result(each, main)}"
        for each in (baselines.naive, *baselines.models)
    ]
    return f"{'; '.join([f'{main.claim.format(show(net))}{between} on {rows}', *beside])}."


def _describe_result(baseline: Baseline, main: MainMetric) -> str:
    """Whether the baseline is as good as the net, or better; nothing where the net is better, or that is not known."""
    comparison = baseline.comparisons.get(main.name)
    return {"tie": ", a tie", "worse": ", which is better"}.get(comparison.result if comparison else "", "")


def describe_baseline(name: str) -> str:
    """Describe a baseline in a few words."""
    return {
        "mean": "always guessing the mean",
        "most_frequent_class": "always guessing the most common class",
        "linear": "linear regression",
        "logistic": "logistic regression",
        "boosted_trees": "gradient-boosted trees",
        "levels": "how high user and item are rated",
        "popularity": "the most popular",
        "linear_items": "the linear item model",
        "token_frequency": "how often each token is there",
        "five_gram": "a 5-gram",
    }[name]
