"""What a whole column is, judged by its distinct values: numbers, truths, moments, categories or free text.

A column is what nearly all its cells are; the few that are not are faults, whose rows a person can mend.
"""

from functools import partial
from typing import Final

import polars as pl

from learning.frame import ColumnType
from tables.types.dates import as_moments, read_moments
from tables.types.numbers import LEADING_ZERO, PLAIN_NUMBERS, are_integers, as_numbers
from tables.types.parse import VALUE, Note, Reading, cells, tolerable
from tables.types.tokens import are_booleans, as_booleans, as_words, is_missing

_ZEROS: Final = "Such values are ids as a rule; if they are numbers, set the column's type to numeric."


def decide(
    values: pl.DataFrame,
    *,
    wanted: ColumnType | None = None,
    numbers: int = 0,
    integers: bool = True,
    comma: bool = False,
) -> Reading:
    """Find out what a column is.

    Args:
        values: The distinct texts of the column, without blanks around them, and how many cells have each.
        wanted: The type that a person says it is.
        numbers: How many cells beside these are plain numbers.
        integers: Whether all those are integers.
        comma: Whether other columns of the file have a decimal comma.
    """
    real = values if values.is_empty() else values.filter(~is_missing(values[VALUE]))
    if wanted is not None:
        return _as_wanted(values, real, wanted, comma=comma)
    if real.is_empty():
        return PLAIN_NUMBERS if numbers else as_words(values, "text")
    if not numbers and not real[VALUE].str.contains("[0-9]").any():
        return as_booleans(real) if are_booleans(real) else as_words(values)
    found = as_numbers(real, comma=comma)
    if _fits(found, real, numbers):
        ids = real[VALUE].filter(real[VALUE].str.contains(LEADING_ZERO))
        if integers and not ids.is_empty() and are_integers(real, found):
            return as_words(values, notes=(Note("leading_zeros", ids[0], _ZEROS),))
        return found
    moments = as_moments(real)
    return moments if moments is not None and _fits(moments, real) else as_words(values)


def _fits(reading: Reading, real: pl.DataFrame, others: int = 0) -> bool:
    """Whether a reading makes sense of nearly all cells, `others` beside these among them."""
    return tolerable(reading.fault_cells, cells(real) - reading.fault_cells + others)


def _as_wanted(values: pl.DataFrame, real: pl.DataFrame, wanted: ColumnType, *, comma: bool) -> Reading:
    match wanted:
        case "numeric":
            return as_numbers(real, comma=comma)
        case "boolean":
            return as_booleans(real, digits=True)
        case "datetime":
            nothing = Reading("datetime", partial(read_moments, formats=[]), real[VALUE].to_list(), cells(real))
            return as_moments(real, compact=True) or nothing
        case "categorical" | "text":
            return as_words(values, wanted)
        case "image":
            raise ValueError("a column of a table of text is no image")
