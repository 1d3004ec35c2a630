"""Reader of cells by a column's type and format: the same for a file to train on and for rows to predict."""

import polars as pl

from learning.column_format import ColumnFormat
from learning.frame import ColumnType
from tables.types.dates import is_zero_date, parse_datetimes
from tables.types.durations import parse_durations
from tables.types.numbers import parse_finite_numbers
from tables.types.tokens import is_missing, parse_booleans, parse_words


def find_missing(text: pl.Series, kind: ColumnType, format_: ColumnFormat) -> pl.Series:  # noqa: ARG001 - see below
    """An expression for the texts, stripped of blanks, that stand for a missing value in such a column."""
    return is_missing(text) | is_zero_date(text) if kind == "datetime" else is_missing(text)


def parse_cells(text: pl.Series, kind: ColumnType, format_: ColumnFormat) -> pl.Series:
    """Parse text, stripped of blanks, as the values of a type; null where it is missing, or is none."""
    match kind:
        case "numeric" if format_.duration:
            return parse_durations(text, format_)
        case "numeric":
            return parse_finite_numbers(text, format_)
        case "boolean":
            return parse_booleans(text)
        case "datetime":
            return parse_datetimes(text, format_)
        case _:
            return parse_words(text)
