"""Confidence intervals of a model's metrics, and of their differences from another model's on the same rows.

A difference whose interval holds 0 is a tie: on other rows the other model might be the better one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from learning.tasks.influence import Influence
from learning.tasks.intervals import (
    LEVEL,
    ConfidenceInterval,
    find_area_interval,
    find_critical,
    find_error_interval,
    find_share_interval,
)

Result = Literal["better", "worse", "tie"]


@dataclass(frozen=True)
class Comparison:
    """A model's score minus another's on the same rows, with its interval.

    `result` says whether the model is better; where the interval holds 0, it is a tie.
    """

    difference: float
    low: float
    high: float
    result: Result


def estimate_intervals(
    metrics: Mapping[str, float | None], influences: Mapping[str, Influence]
) -> dict[str, ConfidenceInterval]:
    """The confidence interval of each metric whose influences are known; none of a metric of a single row."""
    found: dict[str, ConfidenceInterval] = {}
    for name, influence in influences.items():
        value = metrics.get(name)
        if value is None or not math.isfinite(value):
            continue
        error, rows = influence.standard_error, sum(influence.counts)
        if influence.scale == "area":
            found[name] = find_area_interval(value, *influence.counts)
        elif influence.scale in {"share", "coverage"}:
            effective = min(value * (1 - value) / (error * error), rows) if error > 0 and 0 < value < 1 else rows
            found[name] = find_share_interval(value, effective)
        elif len(influence.values) > 1:
            is_error = influence.scale == "error"
            missing = find_error_interval(value if is_error else 1 - value, error, rows)
            found[name] = missing if is_error else missing.transform(lambda part: 1 - part)
    return {name: interval for name, interval in found.items() if math.isfinite(interval.low + interval.high)}


def compare_metrics(
    metrics: Mapping[str, float | None],
    influences: Mapping[str, Influence],
    others: Mapping[str, float | None],
    other_influences: Mapping[str, Influence],
) -> dict[str, Comparison]:
    """Compare a model with another one on the same rows, by each metric that both have.

    The standard error is that of the paired differences. Of shares the interval is that of Bonett & Price (2012): with
    two rows more, one that each model gets right alone, without which few errors seem too certain.
    """
    found: dict[str, Comparison] = {}
    for name, influence in influences.items():
        value, other = metrics.get(name), others.get(name)
        beside = other_influences.get(name)
        if value is None or other is None or beside is None or influence.scale == "coverage":
            continue
        if not math.isfinite(value - other):
            continue
        difference, paired = value - other, influence.values - beside.values
        centre, error, rows = difference, math.sqrt(float(paired @ paired)) / len(paired), len(paired)
        if influence.scale == "share":
            both = (influence.values, beside.values)
            whole = max(float(values.max()) for values in both) - min(float(values.min()) for values in both)
            centre *= rows / (rows + 2)
            squares = float(paired @ paired) + rows * difference**2 + 2 * whole**2
            error = math.sqrt(max(squares / (rows + 2) - centre**2, 0.0) / (rows + 2))
        half = find_critical(LEVEL, rows=sum(influence.counts)) * error
        found[name] = _decide(difference, centre - half, centre + half, is_error=influence.scale == "error")
    return found


def _decide(difference: float, low: float, high: float, *, is_error: bool) -> Comparison:
    if low <= 0 <= high:
        return Comparison(difference, low, high, "tie")
    return Comparison(difference, low, high, "better" if (low > 0) != is_error else "worse")
