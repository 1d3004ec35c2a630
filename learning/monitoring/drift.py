"""Drift: whether rows are distributed otherwise than those that a model learned from, by a test with a threshold.

The population stability index, PSI, is the sum over all bins of (p - q) ln(p / q), where p and q are the shares of rows
in a bin: that of Kullback and Leibler, made symmetric. Custom calls it large from 0.2 (Siddiqi 2006). Among few rows as
much may be chance: if both are of one distribution, PSI / (1/n + 1/m) has a chi-square distribution with one degree of
freedom less than there are bins (Yurdakul & Naranjo 2020). So a column has drifted where PSI is larger than both.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

MIN_PSI: Final = 0.2
SIGNIFICANCE: Final = 0.01
"""The chance that any of all columns is said to have drifted when none has: each gets its part (Bonferroni)."""
MIN_ROWS: Final = 100
"""With fewer recent rows nothing is said."""
MIN_REFERENCE_ROWS: Final = 50
"""With fewer rows to compare with nothing is said."""
MIN_EXPECTED: Final = 5.0
"""Bins in which fewer rows are to be expected are joined, as their chi-square would not hold."""


@dataclass(frozen=True)
class Drift:
    """The PSI of a column, and the value above which it has drifted."""

    psi: float
    threshold: float

    @property
    def is_found(self) -> bool:
        """Whether the column has drifted."""
        return self.psi > self.threshold


def measure_drift(reference: NDArray[np.int64], recent: NDArray[np.int64], columns: int) -> Drift | None:
    """Compare the counts of all bins (bins,) in both; None if there are too few rows of either, or they are all alike.

    `columns` is how many are tested at once.
    """
    n, m = int(reference.sum()), int(recent.sum())
    if n < MIN_REFERENCE_ROWS or m < MIN_ROWS:
        return None
    first, second = _join_small(reference, recent)
    bins = len(first)
    if bins < 2:
        return Drift(0.0, MIN_PSI)
    # half a row more in each bin, so that none has a share of 0
    p, q = (first + 0.5) / (n + bins / 2), (second + 0.5) / (m + bins / 2)
    psi = float(((q - p) * np.log(q / p)).sum())
    by_chance = find_chi_square(1 - SIGNIFICANCE / max(columns, 1), bins - 1) * (1 / n + 1 / m)
    return Drift(psi, max(MIN_PSI, by_chance))


def _join_small(
    reference: NDArray[np.int64], recent: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The counts with all bins as one in which few rows are to be expected, by the shares of both together."""
    together = reference + recent
    least = min(reference.sum(), recent.sum()) / together.sum()
    is_small = together * least < MIN_EXPECTED
    joined = [np.append(counts[~is_small], counts[is_small].sum()).astype(float) for counts in (reference, recent)]
    if (joined[0][-1] + joined[1][-1]) * least >= MIN_EXPECTED or len(joined[0]) == 1:
        return joined[0], joined[1]
    return joined[0][:-1], joined[1][:-1]


def find_chi_square(probability: float, freedom: int) -> float:
    """The quantile of a chi-square distribution, by the cube of a normal one (Wilson & Hilferty 1931): within 3 %."""
    z, part = NormalDist().inv_cdf(probability), 2 / (9 * freedom)
    return freedom * (1 - part + z * math.sqrt(part)) ** 3
