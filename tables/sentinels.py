"""Sentinels: numbers such as -999, far from all others of their column, that may stand for missing values.

They stay numbers, for they may be real; a warning says how to have them read as missing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tables.issues import Issue
from tables.profile import ColumnProfile

_SENTINELS: Final = frozenset(
    {
        *(sign * float("9" * digits) for sign in (1, -1) for digits in range(2, 10)),
        *(-99.9, -999.9, -9999.9, -999.25, -9.0, -77.0, -777.0, -88.0, -888.0, -8888.0),
        *(-32768.0, 32767.0, 65535.0, -2147483648.0, 2147483647.0),
    }
)
_MIN_CELLS: Final = 2
_MAX_SHARE: Final = 0.5
_MAX_BYTES_AT_ONCE: Final = 1 << 25


def find_sentinels(parquet: Path, columns: Sequence[ColumnProfile], rows: int) -> list[Issue]:
    """The issues about numbers of an ingested table that may stand for missing values, given its profile."""
    names = [column.name for column in columns if {column.min, column.max} & _SENTINELS]
    step = max(1, _MAX_BYTES_AT_ONCE // max(1, 8 * rows))
    found: list[Issue | None] = []
    for first in range(0, len(names), step):
        frame = pl.read_parquet(parquet, columns=names[first : first + step], glob=False)
        found += [_find_sentinel(column.name, column.drop_nulls().to_numpy()) for column in frame.iter_columns()]
    return [issue for issue in found if issue is not None]


def _find_sentinel(name: str, numbers: NDArray[np.float64]) -> Issue | None:
    """The issue about the most frequent of a column's sentinels."""
    is_known = np.isin(numbers, list(_SENTINELS))
    others = numbers[~is_known]
    if not len(others):
        return None
    low, high = float(others.min()), float(others.max())
    values, counts = np.unique(numbers[is_known], return_counts=True)
    is_far = (values < low - (high - low)) | (values > high + (high - low))
    values, counts = values[is_far], counts[is_far]
    if not len(values) or counts.max() < _MIN_CELLS or counts.sum() > _MAX_SHARE * len(numbers):
        return None
    value, cells = float(values[counts.argmax()]), int(counts.max())
    advice = (
        f"Read as a number in {cells:,} of {len(numbers):,} cells, all others of which are from {low:.15g} to "
        f"{high:.15g}. If it stands for a missing value, name it and all such texts as missing_values of the upload."
    )
    return Issue("maybe_missing", "warning", "kept", column=name, value=f"{value:.15g}", suggestion=advice)
