"""Datasets read back from Parquet: as a frame to learn from, or as rows to look at."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from learning.frame import BooleanColumn, CategoricalColumn, Column, DatetimeColumn, Frame, NumericColumn, TextColumn
from tables.profile import rfc3339
from tables.typed import HIDDEN_LINE
from tables.types.dates import seconds


def load_frame(parquet: Path, columns: Sequence[str] | None, profile: Sequence[Mapping[str, object]]) -> Frame:
    """The columns of a dataset in memory.

    Args:
        parquet: A file that `ingest` wrote.
        columns: Which of them, in this order; None: all.
        profile: The dataset's columns as they were profiled: `name` and `type` of each.

    Raises:
        KeyError: a column is not in the profile.
    """
    types = {str(column["name"]): str(column["type"]) for column in profile}
    wanted = types if columns is None else {name: types[name] for name in columns}
    table = pl.read_parquet(parquet, columns=list(wanted), glob=False)
    return Frame({name: _column(table[name], kind) for name, kind in wanted.items()}, table.height)


def read_rows(parquet: Path, after: int, limit: int) -> list[dict[str, object]]:
    """Rows of a dataset as JSON values, from the one after the first `after`; missing cells are None.

    Whole numbers are integers, moments are RFC 3339.
    """
    table = pl.scan_parquet(parquet, glob=False).drop(HIDDEN_LINE).slice(after, limit).collect()
    return [{name: _plain(cell) for name, cell in row.items()} for row in table.iter_rows(named=True)]


def _column(column: pl.Series, kind: str) -> Column:
    match kind:
        case "numeric":
            return NumericColumn(column.fill_null(np.nan).to_numpy())
        case "boolean":
            return BooleanColumn(column.cast(pl.Int8).fill_null(-1).to_numpy())
        case "datetime":
            return DatetimeColumn(seconds(column))
        case "text":
            return TextColumn(column.to_numpy())
        case _:
            words = column.drop_nulls().unique().sort()
            codes = column.cast(pl.Enum(words)).to_physical().cast(pl.Int32).fill_null(-1)
            return CategoricalColumn(codes.to_numpy(), tuple(words))


def _plain(cell: object) -> object:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return rfc3339(cell) if isinstance(cell, datetime) else cell
