"""Reader of datetimes by the format of their column, for files to learn from and rows to predict.

Besides the formats that the column has, other spellings are read, in its order of day and month only: what a cell means
does not depend on the cells beside it.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from learning.column_format import ColumnFormat
from tables.types.date_layouts import has_date, is_in_order, list_formats
from tables.types.date_pattern import ISO_FORMATS, ZERO_DATE, read_iso
from tables.types.date_reader import MOMENT, NO_MOMENTS, read_by_formats, read_parts
from tables.types.date_shapes import find_shapes
from tables.types.parse import VALUE, find_nulls
from tables.types.patterns import contains

_MAX_SHAPES: Final = 4096
_SHAPE: Final = "shape"
_INDEX: Final = "index"
_MOMENT: Final = "moment"


def is_zero_date(text: pl.Series) -> pl.Series:
    """Whether texts stand for a missing date, such as 0000-00-00."""
    return contains(text, ZERO_DATE)


def parse_datetimes(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Parse text, stripped of blanks, as datetimes in UTC and microseconds; null where it is none.

    Besides the formats of the column, ISO 8601 and other spellings of dates in its order of day and month are read.
    """
    moments = read_by_formats(text, tuple(dict.fromkeys((*format_.datetime_formats, *ISO_FORMATS))), format_.last_year)
    if moments.null_count() == text.null_count():
        return moments
    others = text.filter(find_nulls(moments) & ~find_nulls(text)).unique()
    read = _read_other_spellings(others, format_)
    if read.null_count() == len(read):
        return moments
    known = pl.DataFrame({VALUE: others, _MOMENT: read}).drop_nulls()
    added = text.to_frame(VALUE).join(known, on=VALUE, how="left", maintain_order="left")[_MOMENT]
    return moments.zip_with(moments.is_not_null(), added)


def to_seconds(moments: pl.Series) -> NDArray[np.float64]:
    """Datetimes as seconds since 1970-01-01T00:00 UTC; NaN where missing."""
    return (moments.to_physical().cast(pl.Float64) / 1e6).fill_null(np.nan).to_numpy()


def _read_other_spellings(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Datetimes of distinct texts in formats of their own, in the order of day and month of the column."""
    moments = NO_MOMENTS.clear(len(text))
    is_time = bool(format_.datetime_formats) and not any(map(has_date, format_.datetime_formats))
    shaped = pl.DataFrame({VALUE: text, _SHAPE: find_shapes(text)}).with_row_index(_INDEX).drop_nulls(_SHAPE)
    for part in shaped.partition_by(_SHAPE)[:_MAX_SHAPES]:
        for other in list_formats(part[_SHAPE][0]):
            if has_date(other) != is_time and is_in_order(other, format_.date_order):
                read = read_parts(part[VALUE], other, format_.last_year)
                moments = moments.scatter(part[_INDEX], read)
    rest = (moments.is_null() & text.str.contains("^[0-9]{4}")).fill_null(value=False)
    if rest.any():
        moments = moments.scatter(rest.arg_true(), pl.Series(map(read_iso, text.filter(rest)), dtype=MOMENT))
    return moments
