"""Copies: rows that are equal to another row in every column.

They are counted by the hashes of rows: of a few columns first, which nearly always differ, and of all columns only for
rows that are equal in those.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tables.issues import Issue
from tables.profile import ColumnProfile

MAX_ROWS: Final = 10_000_000
"""Copies are not looked for in larger tables: a hash of each row is kept in memory."""

MIN_SHARE: Final = 0.01
MIN_COPIES: Final = 2
"""Fewer copies than this share of the rows, or this number, do no harm."""

MIN_COMBINATIONS: Final = 10
"""Where the columns have fewer combinations of values per row than this, rows are equal by chance."""

_FIRST_COLUMNS: Final = 3
_MAX_BLOCK_CELLS: Final = 2**22
_MAX_SHARE_KEPT: Final = 0.9
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)


def find_copies(parquet: Path, columns: Sequence[ColumnProfile], rows: int) -> Issue | None:
    """The issue that many rows of an ingested table are copies of others, given its profile; None if they are not."""
    most = max((column.distinct or 0) + (column.missing > 0) for column in columns)
    combinations = sum(math.log((column.distinct or 1) + (column.missing > 0)) for column in columns)
    is_possible = rows - most >= max(MIN_COPIES, MIN_SHARE * rows)
    if rows > MAX_ROWS or not is_possible or combinations < math.log(MIN_COMBINATIONS * rows):
        return None
    copies = count_copies(parquet, [column.name for column in sorted(columns, key=lambda each: -(each.distinct or 0))])
    if copies < max(MIN_COPIES, MIN_SHARE * rows):
        return None
    return Issue(
        "copied_rows",
        "warning",
        "kept",
        value=f"{copies:,} of {rows:,} rows",
        suggestion="These rows are copies of others in every column. If that is a mistake, upload each once: "
        "held-out copies of rows that were learned from make a model look better than it is.",
    )


def count_copies(parquet: Path, names: Sequence[str]) -> int:
    """The number of rows that are equal to an earlier one in these columns, of which the first tell rows best apart."""
    chosen: NDArray[np.intp] | None = None  # all
    hashes = np.zeros(1, np.uint64)
    for block in _read_blocks(parquet, names):
        hashes = hashes * _FACTOR + (block if chosen is None else block[chosen]).hash_rows().to_numpy()
        ordered = np.sort(hashes)
        if (ordered[1:] != ordered[:-1]).all():
            return 0
        repeated = np.flatnonzero(pl.Series(hashes).is_duplicated().to_numpy())
        if len(repeated) < _MAX_SHARE_KEPT * len(hashes):
            chosen, hashes = repeated if chosen is None else chosen[repeated], hashes[repeated]
    return len(hashes) - pl.Series(hashes).n_unique()


def _read_blocks(parquet: Path, names: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The columns in growing blocks: a read takes time for every column of the file, and few tell most rows apart."""
    start, width = 0, _FIRST_COLUMNS
    while start < len(names):
        block = pl.read_parquet(parquet, columns=list(names[start : start + width]), glob=False)
        yield block
        start += width
        width = min(2 * width, max(1, _MAX_BLOCK_CELLS // max(1, block.height)))
