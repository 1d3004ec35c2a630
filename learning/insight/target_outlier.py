"""A far outlier of a numeric target: a value that makes up most of its variance, found in the column's profile.

A net learns standardised targets; if one value of 10¹² sets the scale, all others look the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from learning.insight.formatting import format_percent

MIN_ROWS: Final = 20
MIN_VARIANCE_SHARE: Final = 0.3
"""From this share of the variance on, a single value decides what is learned; three equal ones have a third each."""

MIN_QUARTILE_DISTANCES: Final = 20.0
"""The least distance from the median of a far value, in distances between the quartiles."""


@dataclass(frozen=True)
class TargetOutlier:
    """A far value of the target, the range that holds 98% of all values, and the value's share of their variance."""

    value: float
    low: float
    high: float
    variance_share: float


def find_target_outlier(profile: Mapping[str, Any], rows: int) -> TargetOutlier | None:
    """The farthest value of a numeric column with this profile in a table of so many rows, if it is too far."""
    mean, std, quantiles = (profile.get(name) for name in ("mean", "std", "quantiles"))
    present = rows - profile.get("missing", 0)
    if present < MIN_ROWS or mean is None or not std or quantiles is None:
        return None
    value = max((profile["min"], profile["max"]), key=lambda end: abs(end - quantiles["p50"]))
    share = ((value - mean) / std) ** 2 / (present - 1)
    distance = abs(value - quantiles["p50"])
    if share < MIN_VARIANCE_SHARE or distance < MIN_QUARTILE_DISTANCES * (quantiles["p75"] - quantiles["p25"]):
        return None
    return TargetOutlier(value, quantiles["p01"], quantiles["p99"], min(share, 1.0))


def describe_outlier(target: str, outlier: TargetOutlier) -> str:
    """Name a far value of a target in a sentence."""
    share = format_percent(outlier.variance_share)
    return (
        f"'{target}' has a value of {outlier.value:.6g}, far beyond the others, of which 98% are from "
        f"{outlier.low:.6g} to {outlier.high:.6g}: it alone makes up {share} of the variance"
    )
