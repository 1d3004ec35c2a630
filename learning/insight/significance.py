"""Whether one model's error is larger than another's by more than chance, from the figures that are kept of both.

Which rows each gets wrong is not kept, so both tests assume that no error is common to both models. Where some are, the
difference would be even less likely by chance: what is found here is never too much.
"""

import math
from typing import Final

SIGNIFICANCE_LEVEL: Final = 0.05
_CRITICAL_Z: Final = 1.645
"""The 95th percentile of the standard normal distribution."""

_MAX_EXACT_ERRORS: Final = 1000


def is_wrong_more_often(errors: int, others: int) -> bool:
    """Whether so many wrong rows are more than another model's of the same rows, by the sign test (McNemar 1947).

    Of the rows that just one of two equal models gets wrong, it would be either's turn with probability 1/2.
    """
    total = errors + others
    if errors <= others:
        return False
    if total > _MAX_EXACT_ERRORS:
        return errors - others - 1 > _CRITICAL_Z * math.sqrt(total)
    chance = sum(math.comb(total, count) for count in range(errors, total + 1))
    return chance < SIGNIFICANCE_LEVEL * 2**total


def has_larger_errors(rmse: float, mae: float, other_rmse: float, other_mae: float, rows: int) -> bool:
    """Whether errors on so many rows are larger than another model's, by the variance ratio test (Fisher 1924)."""
    if not other_rmse < rmse:
        return False
    if not other_rmse:
        return rows > 1
    freedom = (_count_effective_rows(rmse, mae, rows), _count_effective_rows(other_rmse, other_mae, rows))
    if min(freedom) < 2:
        return False
    return math.log(rmse / other_rmse) > _CRITICAL_Z * math.sqrt((1 / freedom[0] + 1 / freedom[1]) / 2)


def _count_effective_rows(rmse: float, mae: float, rows: int) -> float:
    """The number of rows on which an RMSE rests: all for normal errors, one if it is due to the error of one row.

    The ratio of mean and root mean squared error is √(2/π) for normal errors (Geary 1935), and 1/√rows for one row's.
    """
    return rows * min(1.0, math.pi / 2 * (mae / rmse) ** 2)
