"""Columns that only number the rows, as pandas writes its index: they tell a net nothing of other rows."""

import re
from collections.abc import Collection, Mapping
from typing import Final

import polars as pl

from tables.chunks import ROW, Chunks
from tables.types.parse import VALUE

INDEX_NAME: Final = re.compile(r"__index_level_\d+__|Unnamed: 0(?:[._]\d+)*|Unnamed: 0(?:_level_\d+)?")
"""The names by which pandas writes an index, or reads one back."""


def find_index_columns(
    chunks: Chunks, names: Mapping[str, str], unnamed: Collection[str], requested_types: Collection[str]
) -> list[str]:
    """The keys of columns of an index: by name if their cells are all different, without a name if they count rows.

    `names` are those of all columns by key, `unnamed` the keys of columns without a name in the file; what has a type
    that was asked for stays.
    """
    first = next(iter(names), None)
    found: list[str] = []
    for key, name in names.items():
        if key in requested_types or len(names) == len(found) + 1:
            continue
        is_named = INDEX_NAME.fullmatch(name) is not None
        if (is_named and _are_distinct(chunks, key)) or (key == first and key in unnamed and _count_rows(chunks, key)):
            found.append(key)
    return found


def _are_distinct(chunks: Chunks, key: str) -> bool:
    """Whether no cell is empty, and no two are equal."""
    cells = pl.concat(part.select(pl.col(VALUE).cast(pl.String)) for part in _select_cells(chunks, key))
    return cells[VALUE].null_count() == 0 and cells[VALUE].n_unique() == cells.height


def _count_rows(chunks: Chunks, key: str) -> bool:
    """Whether the cells are the numbers of the rows, from 0 or from 1."""
    offsets = set[float | None]()
    for part in _select_cells(chunks, key):
        if not part[VALUE].dtype.is_numeric():
            return False
        offsets |= set((part[ROW] - part[VALUE]).unique().head(2).to_list())
    return offsets in ({0.0}, {1.0})


def _select_cells(chunks: Chunks, key: str) -> list[pl.DataFrame]:
    """ROW and VALUE of all cells of a column."""
    return [
        frame.select(ROW, pl.col(key).alias(VALUE) if key in schema else pl.lit(None).alias(VALUE)).collect()
        for frame, schema in zip(chunks.lazy_frames(), chunks.schemas, strict=True)
    ]
