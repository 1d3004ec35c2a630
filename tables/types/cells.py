"""Reader of cells by a column's type and format: the same for a file to train on and for rows to predict."""

from dataclasses import replace

import polars as pl

from learning.column_format import ColumnFormat
from learning.frame import ColumnType
from tables.types.dates import is_zero_date, parse_datetimes
from tables.types.durations import parse_durations
from tables.types.missing import is_marker, missing_markers, missing_numbers
from tables.types.numbers import find_other_units, parse_finite_numbers
from tables.types.tokens import parse_booleans


def find_missing(text: pl.Series, kind: ColumnType, format_: ColumnFormat) -> pl.Series:
    """Whether each text, stripped of blanks, stands for a missing value in such a column."""
    found = is_marker(text, missing_markers(kind, format_))
    if kind == "numeric" and (numbers := missing_numbers(format_.missing_values)):
        found |= text.cast(pl.Float64, strict=False).is_in(list(numbers)).fill_null(value=False)
    return found | is_zero_date(text).fill_null(value=False) if kind == "datetime" else found


def parse_cells(text: pl.Series, kind: ColumnType, format_: ColumnFormat) -> pl.Series:
    """Parse text, stripped of blanks, as the values of a type; null where it is missing, or is none."""
    match kind:
        case "numeric" if format_.duration:
            return parse_durations(text, format_)
        case "numeric":
            return parse_finite_numbers(text, format_)
        case "boolean":
            values = parse_booleans(text)
            return values.set(find_missing(text, kind, format_), None) if format_.missing_values else values
        case "datetime":
            moments = parse_datetimes(text, format_)
            return moments.set(is_marker(text, format_.missing_values), None) if format_.missing_values else moments
        case _:
            missing = find_missing(text, kind, format_)
            return text.set(missing, None) if missing.any() else text


def explain_fault(text: str, kind: ColumnType, format_: ColumnFormat) -> str | None:
    """What to do about a text that is no value of such a column, if more can be told than its type."""
    if kind != "numeric" or format_.duration:
        return None
    other_style = "comma" if format_.decimal == "point" else "point"
    if parse_finite_numbers(pl.Series([text], dtype=pl.String), replace(format_, decimal=other_style))[0] is not None:
        return f"has a decimal {other_style}, and the column a decimal {format_.decimal}; write it with that"
    if not (others := find_other_units(text, format_)):
        return None
    other = " and ".join([f"'{unit}'" for unit in others])
    if not format_.units:
        return f"has the unit {other}, and the column has none; write the number alone"
    own = " and ".join([f"'{unit}'" for unit in format_.units])
    return f"has the unit {other}, and the column has {own}; write it in {own}, or without a unit"
