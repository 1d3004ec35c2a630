"""Importance of settings: how much of the differences between trials goes with each setting alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MIN_TRIALS: Final = 8
LEVELS: Final = 4
"""Into so many groups of equal size the trials are divided by a setting that is a number of a range."""


def measure_importance(
    settings: Sequence[Mapping[str, Any]], errors: Sequence[float], ranges: frozenset[str]
) -> dict[str, float | None]:
    """The share of the variance of the trials' ranks that each setting explains, from 0 to 1; None of too few trials.

    It is omega squared of a one-way analysis of variance (Hays 1963), in which the groups are the trials with the same
    value, or for settings in `ranges` the quarters of the values. Ranks, so that a few trials that fail do not hide
    the rest. What two settings do only together it does not see.
    """
    names = list(settings[0]) if settings else []
    if len(errors) < MIN_TRIALS:
        return dict.fromkeys(names)
    ranks = _rank(np.asarray(errors, np.float64))
    return {name: _omega_squared(_group([each[name] for each in settings], name in ranges), ranks) for name in names}


def _rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each value; equal values have the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def _group(values: Sequence[Any], is_range: bool) -> NDArray[np.intp]:
    if is_range:
        ranks = _rank(np.asarray(values, np.float64))
        return np.minimum(((ranks - 1) * LEVELS / len(ranks)).astype(np.intp), LEVELS - 1)
    texts = [repr(value) for value in values]
    return np.unique(np.asarray(texts), return_inverse=True)[1]


def _omega_squared(groups: NDArray[np.intp], ranks: NDArray[np.float64]) -> float | None:
    counts = np.bincount(groups)
    counts_present = counts[counts > 0]
    total = float(np.square(ranks - ranks.mean()).sum())
    free = len(ranks) - len(counts_present)
    if len(counts_present) < 2 or free < 1 or total == 0:
        return None
    means = np.bincount(groups, ranks)[counts > 0] / counts_present
    between = float(counts_present @ np.square(means - ranks.mean()))
    mean_square_within = (total - between) / free
    value = (between - (len(counts_present) - 1) * mean_square_within) / (total + mean_square_within)
    return min(max(value, 0.0), 1.0)
