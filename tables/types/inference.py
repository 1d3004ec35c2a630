"""Infers a column's type from its distinct values: numeric, boolean, datetime, categorical or text.

A column has the type of nearly all its cells; the few others are faults, which are emptied and reported.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat
from learning.frame import ColumnType
from tables.types.cells import parse_cells
from tables.types.date_digits import note_dates_in_digits
from tables.types.date_inference import datetime_parser
from tables.types.durations import duration_parser
from tables.types.hints import ColumnHints
from tables.types.missing import (
    CLEAR_MARKERS,
    UNKNOWN_WORDS,
    are_all_missing,
    is_marker,
    missing_markers,
    note_markers,
)
from tables.types.nearly_dates import note_nearly_dates
from tables.types.nearly_numeric import note_nearly_numeric
from tables.types.number_inference import are_integers, infer_numbers, sample_values, seem_numeric
from tables.types.numbers import LEADING_ZERO
from tables.types.parse import (
    COUNT,
    MIN_CELLS_PER_FAULT,
    VALUE,
    ParseNote,
    Parser,
    PlainNumbers,
    count_cells,
    is_tolerable,
    select_rows,
)
from tables.types.patterns import contains
from tables.types.tokens import are_booleans, boolean_parser, mixed_boolean_parser, text_parser
from tables.types.word_evidence import has_many_words, has_mostly_words

_MAX_SIDES: Final = 4
"""The most sides that one number has: up to it, below it, from it on, and above it."""
_ZEROS: Final = "Such values are ids as a rule; if they are numbers, set the column's type to numeric."


def infer_parser(values: pl.DataFrame, hints: ColumnHints, plain: PlainNumbers | None = None) -> Parser:
    """Infer the parser of a column from its distinct texts (VALUE, COUNT), which are stripped of blanks.

    Args:
        values: The distinct texts, without those that are plain numbers.
        hints: What else is known.
        plain: What is known of the plain numbers.
    """
    plain = plain or PlainNumbers()
    if values.is_empty() and not plain.markers and hints.type is None and hints.format is None:
        return _plain_parser(hints, plain)
    base = hints.format or hints.options.markers
    words = select_rows(values, ~is_marker(values[VALUE], missing_markers("text", base)))
    typed = select_rows(words, ~is_marker(words[VALUE], missing_markers("numeric", base)))
    if hints.format is not None and hints.type is not None:
        parser = _check_format(words if hints.type in {"categorical", "text"} else typed, hints.type, hints.format)
    elif hints.type is None and not (plain.count or base.only_missing_values) and are_all_missing(words[VALUE]):
        parser = Parser("text", ColumnFormat(missing_values=tuple(sorted(set(words[VALUE].str.to_lowercase())))))
    else:
        is_known = is_marker(typed[VALUE], UNKNOWN_WORDS) if not base.only_missing_values and typed.height else None
        known = select_rows(typed, is_known) if is_known is not None else typed.clear()
        rest = select_rows(typed, ~is_known) if is_known is not None else typed
        if hints.type is not None:
            parser = _requested_parser(words, typed, rest, hints, plain)
        else:
            parser = _infer_type(words, typed, rest, hints, plain)
        if parser.type in {"numeric", "datetime"}:
            parser = _add_markers(parser, known)
    return _note_missing(parser, base, values, plain)


def _infer_type(
    words: pl.DataFrame, typed: pl.DataFrame, rest: pl.DataFrame, hints: ColumnHints, plain: PlainNumbers
) -> Parser:
    """Infer the type from the values that are no markers of any column, of typed ones, or no word for unknown."""
    if rest.is_empty() and plain.count:
        return _plain_parser(hints, plain)
    if not plain.count and (parser := _infer_words(words, typed, rest)) is not None:
        return parser
    may_be_numeric = seem_numeric(rest, plain)
    numbers = infer_numbers(rest, hints, plain) if may_be_numeric and not has_many_words(rest, plain) else None
    if numbers is not None and _fits(numbers[0], rest, plain.count):
        ids = rest[VALUE].filter(contains(rest[VALUE], LEADING_ZERO))
        if plain.all_integers and not ids.is_empty() and are_integers(rest, numbers[0]):
            return text_parser(words, notes=(ParseNote("leading_zeros", ids[0], _ZEROS),))
        return _prefer_durations(numbers[0], rest, hints)
    if (others := _infer_moments(rest, hints)) is not None and _fits(others, rest):
        return others
    notes = note_nearly_dates(rest, others, hints.name, plain)
    if not notes and may_be_numeric and (numbers is not None or not has_mostly_words(rest, plain)):
        notes = note_nearly_numeric(rest, *(numbers or infer_numbers(rest, hints, plain)), plain)
    return text_parser(words, notes=notes)


def _infer_words(words: pl.DataFrame, typed: pl.DataFrame, rest: pl.DataFrame) -> Parser | None:
    """The parser of values without digits, of sides of one number, or of booleans; None if others have digits."""
    if _are_sides(rest[VALUE]):
        return text_parser(words)
    if contains(rest[VALUE], "[0-9]").any():
        return mixed_boolean_parser(typed)
    return boolean_parser(typed) if not typed.is_empty() and are_booleans(typed) else text_parser(words)


def _are_sides(text: pl.Series) -> bool:
    """Whether a few values are sides of one number, such as <=50K and >50K, which as numbers would be the same."""
    sides = set(text.str.strip_chars().str.slice(0, 1)) if 1 < len(text) <= _MAX_SIDES else set[str]()
    return bool(sides) and sides <= set("<>≤≥") and len(sides) > 1 and text.str.strip_chars("<>=≤≥ ").n_unique() == 1


def _infer_moments(rest: pl.DataFrame, hints: ColumnHints) -> Parser | None:
    """The parser of durations, or of datetimes even if only half of the cells clearly are some."""
    are_durations = duration_parser(sample_values(rest), hints.name) is not None
    durations = duration_parser(rest, hints.name) if are_durations else None
    return durations or datetime_parser(rest, hints.dates, few=True)


def _prefer_durations(parser: Parser, rest: pl.DataFrame, hints: ColumnHints) -> Parser:
    """The parser of durations instead of one of a single unit, such as min, if it reads more."""
    durations = duration_parser(rest, hints.name) if parser.format.units and parser.faulty_cells else None
    return parser if durations is None or durations.faulty_cells >= parser.faulty_cells else durations


def _plain_parser(hints: ColumnHints, plain: PlainNumbers) -> Parser:
    """The parser of plain numbers only, or of no cells."""
    if not plain.count:
        return Parser("text")
    may_group = plain.groups.are_open
    decimal = hints.options.decimal
    are_groups = may_group and (hints.prefer_comma or hints.points_group or plain.groups.are_likely)
    is_comma = decimal == "comma" or (decimal is None and are_groups)
    has_points = plain.groups.has_points or not plain.all_integers
    return Parser(
        "numeric",
        ColumnFormat(decimal="comma") if is_comma else PLAIN_FORMAT,
        is_plain=not (is_comma and has_points),
        has_decimal_point=not plain.all_integers and not plain.groups.are_possible,
        is_open=may_group,
        notes=note_dates_in_digits(plain, hints.name) if hints.type is None else (),
    )


def _fits(parser: Parser, present: pl.DataFrame, others: int = 0) -> bool:
    """Whether a parser parses nearly all cells; `others` is a number of further cells that it parses."""
    good = count_cells(present) - parser.faulty_cells + others
    if parser.format.units:  # as words may be units, too, a single fault of few cells is one too many
        return good >= MIN_CELLS_PER_FAULT * parser.faulty_cells
    return is_tolerable(parser.faulty_cells, good)


def _check_format(present: pl.DataFrame, kind: ColumnType, format_: ColumnFormat) -> Parser:
    """The parser of a given type and format, with the distinct values (VALUE, COUNT) that it cannot read."""
    if kind in {"categorical", "text"}:
        return Parser(kind, format_)
    unreadable = parse_cells(present[VALUE], kind, format_).is_null()
    return Parser(
        kind,
        format_,
        present[VALUE].filter(unreadable).to_list(),
        count_cells(present, unreadable),
        is_plain=format_ == PLAIN_FORMAT,
    )


def _requested_parser(
    words: pl.DataFrame, typed: pl.DataFrame, rest: pl.DataFrame, hints: ColumnHints, plain: PlainNumbers
) -> Parser:
    """The parser of the type that the owner set."""
    match hints.type:
        case "numeric":
            if rest.is_empty():
                return replace(_plain_parser(hints, plain), type="numeric")
            parser = infer_numbers(rest, hints, plain)[0]
            durations = duration_parser(rest, hints.name, requested=True) if parser.faulty_cells else None
            return parser if durations is None or durations.faulty_cells >= parser.faulty_cells else durations
        case "boolean":
            return boolean_parser(typed, digits=True)
        case "datetime":
            return datetime_parser(rest, hints.dates, compact=True) or Parser(
                "datetime", faulty_values=rest[VALUE].to_list(), faulty_cells=count_cells(rest)
            )
        case "categorical" | "text" as kind:
            return text_parser(words, kind)
        case _:
            raise ValueError("a column of a table of text is no image")


def _add_markers(parser: Parser, known: pl.DataFrame) -> Parser:
    """The parser with words for unknown, which are read as missing, in its format."""
    if known.is_empty():
        return parser
    markers = tuple(sorted(set(known[VALUE].str.to_lowercase())))
    return replace(parser, format=replace(parser.format, missing_values=markers), is_plain=parser.is_plain)


def _note_missing(parser: Parser, base: ColumnFormat, values: pl.DataFrame, plain: PlainNumbers) -> Parser:
    """The parser with the markers that its column has in its format, and a warning about them."""
    format_ = parser.format
    if base.only_missing_values:
        format_ = replace(format_, missing_values=base.missing_values, only_missing_values=True)
    found = select_rows(values, is_marker(values[VALUE], missing_markers(parser.type, format_)))
    if plain.markers:
        left_out = pl.DataFrame(
            {VALUE: list(plain.markers), COUNT: list(plain.markers.values())}, {VALUE: pl.String, COUNT: pl.UInt32}
        )
        found = pl.concat([found.select(VALUE, pl.col(COUNT).cast(pl.UInt32)), left_out])
        found = found.group_by(VALUE, maintain_order=True).agg(pl.sum(COUNT))
    if found.is_empty():
        return parser if format_ == parser.format else replace(parser, format=format_)
    if not base.only_missing_values:
        special = set(found[VALUE].str.to_lowercase()) - CLEAR_MARKERS
        markers = tuple(sorted(special | set(format_.missing_values)))
        format_ = replace(format_, missing_values=markers)
    cells = count_cells(values) + plain.count + plain.markers.total()
    return replace(parser, format=format_, notes=(*parser.notes, *note_markers(found, cells)))
