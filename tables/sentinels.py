"""Sentinels: numbers such as -999 and dates such as 9999-12-31, far from all others of their column.

They may stand for missing values, and stay, for they may be real; a warning says how to have them read as missing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tables.issues import Issue
from tables.profile import ColumnProfile
from tables.types.dates import to_seconds

_SENTINELS: Final = frozenset(
    {
        *(sign * float("9" * digits) for sign in (1, -1) for digits in range(2, 10)),
        *(-99.9, -999.9, -9999.9, -999.25, -9.0, -77.0, -777.0, -88.0, -888.0, -8888.0),
        *(-32768.0, 32767.0, 65535.0, -2147483648.0, 2147483647.0),
    }
)
_DATES: Final = ("1753-01-01", "1899-12-30", "1900-01-01", "1970-01-01", "2099-12-31", "2999-12-31", "9999-12-31")
_MIDNIGHTS: Final = {datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp(): date for date in _DATES}
"""The seconds since 1970 of dates that databases write where there is none."""
_MIN_CELLS: Final = 2
_MAX_SHARE: Final = 0.5
_MAX_BYTES_AT_ONCE: Final = 1 << 25


def find_sentinels(parquet: Path, columns: Sequence[ColumnProfile], rows: int) -> list[Issue]:
    """The issues about values of an ingested table that may stand for missing values, given its profile."""
    names = [column.name for column in columns if _may_have_sentinels(column)]
    step = max(1, _MAX_BYTES_AT_ONCE // max(1, 8 * rows))
    found: list[Issue | None] = []
    for first in range(0, len(names), step):
        frame = pl.read_parquet(parquet, columns=names[first : first + step], glob=False)
        found += [_find_sentinel(column.drop_nulls()) for column in frame.iter_columns()]
    return [issue for issue in found if issue is not None]


def _may_have_sentinels(column: ColumnProfile) -> bool:
    """Whether the least or the greatest value of a column may be one."""
    if column.type != "datetime":
        return bool({column.min, column.max} & _SENTINELS)
    ends = [str(end)[:10] for end in (column.min, column.max)]
    return not set(ends).isdisjoint(_DATES) and ends[0] != ends[1]


def _find_sentinel(column: pl.Series) -> Issue | None:
    """The issue about the most frequent of a column's sentinels."""
    is_dated = column.dtype == pl.Datetime
    numbers: NDArray[np.float64] = to_seconds(column) if is_dated else column.to_numpy()
    is_known = np.isin(numbers, list(_MIDNIGHTS if is_dated else _SENTINELS))
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
    what, first, last, text = (
        ("date", *(f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d}" for end in (low, high)), _MIDNIGHTS[value])
        if is_dated
        else ("number", f"{low:.15g}", f"{high:.15g}", f"{value:.15g}")
    )
    advice = (
        f"Read as a {what} in {cells:,} of {len(numbers):,} cells, all others of which are from {first} to {last}. "
        "If it stands for a missing value, name it and all such texts as missing_values of the upload."
    )
    return Issue("maybe_missing", "warning", "kept", column=column.name, value=text, suggestion=advice)
