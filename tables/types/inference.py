"""Infers a column's type from its distinct values: numeric, boolean, datetime, categorical or text.

A column has the type of nearly all its cells; the few others are faults, whose rows are rejected and reported.
"""

from functools import partial
from typing import Final

import polars as pl

from learning.frame import ColumnType
from tables.types.dates import datetime_parser, parse_datetimes
from tables.types.numbers import LEADING_ZERO, PLAIN_NUMBER_PARSER, are_integers, may_be_numbers, number_parser
from tables.types.parse import VALUE, ParseNote, Parser, count_cells, is_tolerable
from tables.types.tokens import are_booleans, boolean_parser, is_missing, text_parser

_ZEROS: Final = "Such values are ids as a rule; if they are numbers, set the column's type to numeric."


def infer_parser(
    values: pl.DataFrame,
    *,
    requested_type: ColumnType | None = None,
    numbers: int = 0,
    integers: bool = True,
    prefer_comma: bool = False,
) -> Parser:
    """Infer the parser of a column from its distinct texts (VALUE, COUNT), which are stripped of blanks.

    Args:
        values: The distinct texts, without those that are plain numbers.
        requested_type: The type set by the owner, if any.
        numbers: The number of cells with plain numbers.
        integers: Whether all of these are integers.
        prefer_comma: Whether other columns of the file have a decimal comma.
    """
    present = values if values.is_empty() else values.filter(~is_missing(values[VALUE]))
    if requested_type is not None:
        return _requested_parser(values, present, requested_type, prefer_comma=prefer_comma)
    if present.is_empty():
        return PLAIN_NUMBER_PARSER if numbers else text_parser(values, "text")
    if not numbers and not present[VALUE].str.contains("[0-9]").any():
        return boolean_parser(present) if are_booleans(present) else text_parser(values)
    possible = count_cells(present, may_be_numbers(present[VALUE]))
    is_possible = is_tolerable(count_cells(present) - possible, possible + numbers)
    parser = number_parser(present, prefer_comma=prefer_comma) if is_possible else None
    if parser is not None and _fits(parser, present, numbers):
        ids = present[VALUE].filter(present[VALUE].str.contains(LEADING_ZERO))
        if integers and not ids.is_empty() and are_integers(present, parser):
            return text_parser(values, notes=(ParseNote("leading_zeros", ids[0], _ZEROS),))
        return parser
    datetimes = datetime_parser(present)
    return datetimes if datetimes is not None and _fits(datetimes, present) else text_parser(values)


def _fits(parser: Parser, present: pl.DataFrame, others: int = 0) -> bool:
    """Whether a parser parses nearly all cells; `others` is a number of further cells that it parses."""
    return is_tolerable(parser.faulty_cells, count_cells(present) - parser.faulty_cells + others)


def _requested_parser(
    values: pl.DataFrame, present: pl.DataFrame, requested_type: ColumnType, *, prefer_comma: bool
) -> Parser:
    match requested_type:
        case "numeric":
            return number_parser(present, prefer_comma=prefer_comma)
        case "boolean":
            return boolean_parser(present, digits=True)
        case "datetime":
            unreadable = partial(parse_datetimes, formats=[])
            return datetime_parser(present, compact=True) or Parser(
                "datetime", unreadable, present[VALUE].to_list(), count_cells(present)
            )
        case "categorical" | "text":
            return text_parser(values, requested_type)
        case "image":
            raise ValueError("a column of a table of text is no image")
