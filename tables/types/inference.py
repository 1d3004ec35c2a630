"""Infers a column's type from its distinct values: numeric, boolean, datetime, categorical or text.

A column has the type of nearly all its cells; the few others are faults, whose rows are rejected and reported.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat, DateOrder
from learning.frame import ColumnType
from tables.options import NO_OPTIONS, ReadOptions
from tables.types.cells import parse_cells
from tables.types.date_inference import DateHints, datetime_parser
from tables.types.durations import duration_parser
from tables.types.numbers import LEADING_ZERO, PLAIN_NUMBER_PARSER, are_integers, may_be_numbers, number_parser
from tables.types.parse import VALUE, ParseNote, Parser, count_cells, is_tolerable
from tables.types.tokens import are_booleans, boolean_parser, is_missing, text_parser

_ZEROS: Final = "Such values are ids as a rule; if they are numbers, set the column's type to numeric."


@dataclass(frozen=True)
class ColumnHints:
    """What is known about a column besides its cells.

    Attributes:
        type: The type set by the owner, if any.
        format: The format by which it is to be read, if any.
        options: What the owner knows about the whole file.
        prefer_comma: Whether other columns of the file have a decimal comma.
        name: The name of the column.
        date_order: The order of day and month in other columns of the file.
    """

    type: ColumnType | None = None
    format: ColumnFormat | None = None
    options: ReadOptions = NO_OPTIONS
    prefer_comma: bool = False
    name: str = ""
    date_order: DateOrder | None = None

    @property
    def dates(self) -> DateHints:
        """What is known if it is a column of dates."""
        order = self.options.dates
        return DateHints(self.name, order, self.date_order, requested=self.type == "datetime")


def infer_parser(values: pl.DataFrame, hints: ColumnHints, *, numbers: int = 0, integers: bool = True) -> Parser:
    """Infer the parser of a column from its distinct texts (VALUE, COUNT), which are stripped of blanks.

    Args:
        values: The distinct texts, without those that are plain numbers.
        hints: What else is known.
        numbers: The number of cells with plain numbers.
        integers: Whether all of these are integers.
    """
    prefer_comma = hints.prefer_comma
    present = values if values.is_empty() else values.filter(~is_missing(values[VALUE]))
    if hints.type is not None:
        return _requested_parser(values, present, hints.type, hints)
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
    return duration_parser(present, hints.name) or datetime_parser(present, hints.dates) or text_parser(values)


def _fits(parser: Parser, present: pl.DataFrame, others: int = 0) -> bool:
    """Whether a parser parses nearly all cells; `others` is a number of further cells that it parses."""
    return is_tolerable(parser.faulty_cells, count_cells(present) - parser.faulty_cells + others)


def _check_format(present: pl.DataFrame, kind: ColumnType, format_: ColumnFormat) -> Parser:
    """The parser of a given type and format, with the distinct values (VALUE, COUNT) that it cannot read."""
    unreadable = parse_cells(present[VALUE], kind, format_).is_null()
    return Parser(
        kind,
        format_,
        present[VALUE].filter(unreadable).to_list(),
        count_cells(present, unreadable),
        is_plain=format_ == PLAIN_FORMAT,
    )


def _requested_parser(
    values: pl.DataFrame,
    present: pl.DataFrame,
    requested_type: ColumnType,
    hints: ColumnHints,
) -> Parser:
    if hints.format is not None:
        return _check_format(present, requested_type, hints.format)
    match requested_type:
        case "numeric":
            durations = duration_parser(present, hints.name, requested=True)
            return durations or number_parser(present, prefer_comma=hints.prefer_comma)
        case "boolean":
            return boolean_parser(present, digits=True)
        case "datetime":
            return datetime_parser(present, hints.dates, compact=True) or Parser(
                "datetime", faulty_values=present[VALUE].to_list(), faulty_cells=count_cells(present)
            )
        case "categorical" | "text":
            return text_parser(values, requested_type)
        case "image":
            raise ValueError("a column of a table of text is no image")
