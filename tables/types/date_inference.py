"""Inference of the format of a column of dates: which layouts it has, in which order of day and month, which century.

`03/04/2024` is in March or in April; the other cells of its column decide, then other columns of the file. What is
decided becomes the column's format, by which later cells are read alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from learning.column_format import MAX_FORMATS, Certainty, ColumnFormat
from learning.format_terms import DateOrder
from tables.types.date_evidence import (
    DATE_NAME,
    are_seasons,
    extend_last_year,
    infer_last_year,
    infer_order,
    is_most_even,
)
from tables.types.date_layouts import has_date, list_formats, order_of
from tables.types.date_reader import read_by_formats
from tables.types.date_shapes import find_shapes
from tables.types.dates import is_zero_date, parse_datetimes
from tables.types.parse import VALUE, ParseNote, Parser, count_cells, find_nulls, is_tolerable, select_rows
from tables.types.patterns import contains

_SAMPLE_VALUES: Final = 100
_LIKELY_YEARS: Final = (1500, 2200)
_MIN_LATE_DAY: Final = 13
_TWO_DIGIT_DATE: Final = r"^[0-9]{1,2}[-.] ?[0-9]{1,2}[-.] ?[0-9]{2}\b"
_PADDED_DATE: Final = r"^[0-9]{2}[-.][0-9]{2}[-.][0-9]{2}\b"
_MONTH_ONLY: Final = re.compile(r"%Y(?:[-/]|-?[mM])%m|%m[-/]%Y")
_LIKE_SEASONS: Final = frozenset({("%Y-%m",), ("%Y/%m",)})
_TIME_OF_DAY: Final = "%H:%M"
_CLEAR_PARTS: Final = ("%Y", "%b", "%M")
"""Parts of formats that nothing else than a date or time has."""


@dataclass(frozen=True)
class DateHints:
    """What is known about a column of dates besides its cells.

    Attributes:
        name: The name of the column.
        order: The order of day and month that the owner named.
        other_order: The order in other columns of the file, which decides where the cells do not.
        requested: Whether the owner set the type.
    """

    name: str = ""
    order: DateOrder | None = None
    other_order: DateOrder | None = None
    requested: bool = False


@dataclass(frozen=True)
class _Reading:
    """Datetimes of distinct values (VALUE, COUNT) by some formats, and the cells that have one."""

    formats: tuple[str, ...]
    moments: pl.Series
    cells: int

    @classmethod
    def of(cls, present: pl.DataFrame, formats: Sequence[str]) -> "_Reading":
        moments = read_by_formats(present[VALUE], formats)
        return cls(tuple(formats), moments, count_cells(present, ~find_nulls(moments)))


def datetime_parser(
    present: pl.DataFrame, hints: DateHints, *, compact: bool = False, few: bool = False
) -> Parser | None:
    """A parser of distinct values (VALUE, COUNT, in the file's order) as datetimes; None if few or none look like one.

    With `compact`, eight digits are a date; with `few`, half of the cells are enough where they can be nothing else.
    """
    dated = select_rows(present, ~is_zero_date(present[VALUE]))
    formats = _find_formats(dated[VALUE], digits_only=compact)
    if not formats:
        return None
    reading, order, certainty = _choose_reading(dated, formats, hints)
    if not reading.cells or not (hints.requested or _are_meant(dated, reading, hints, few=few)):
        return None
    last_year = _find_last_year(reading, order, hints)
    format_ = ColumnFormat(
        datetime_formats=reading.formats[:MAX_FORMATS],
        date_order=order,
        last_year=last_year,
        certainty=certainty,
    )
    is_final = not reading.moments.null_count() and not any("%y" in given for given in reading.formats)
    moments = reading.moments if is_final else parse_datetimes(dated[VALUE], format_)
    notes = [*_note_order(dated, formats, format_, hints), *_note_years(dated, moments, format_)]
    notes += _note_times(dated, moments, format_)
    if dated.height < present.height:
        zero = present[VALUE].filter(is_zero_date(present[VALUE]))
        cells = count_cells(present) - count_cells(dated)
        advice = f"It is no date; {cells:,} of {count_cells(present):,} cells are like this, and are read as missing."
        notes.append(ParseNote("zero_date", zero[0], advice))
    return Parser(
        "datetime",
        format_,
        faulty_values=dated[VALUE].filter(find_nulls(moments)).to_list(),
        faulty_cells=count_cells(dated, find_nulls(moments)),
        notes=tuple(notes),
    )


def _find_formats(text: pl.Series, *, digits_only: bool = False) -> list[str]:
    """The formats of distinct values, in both orders of day and month where both are possible."""
    formats: list[str] = []
    unread = text
    while len(formats) < MAX_FORMATS:
        shapes = find_shapes(unread.head(_SAMPLE_VALUES)).drop_nulls().unique(maintain_order=True)
        found = dict.fromkeys(format_ for shape in shapes for format_ in list_formats(shape, digits_only=digits_only))
        added = [format_ for format_ in found if format_ not in formats]
        if not added:
            break
        formats += added
        unread = unread.filter(find_nulls(read_by_formats(unread, added)))
        if unread.is_empty():
            break
    return formats


def _choose_reading(
    present: pl.DataFrame, formats: Sequence[str], hints: DateHints
) -> tuple[_Reading, DateOrder | None, Certainty]:
    """The formats that read most cells, in one order of day and month; and how certain that is."""
    dated = [format_ for format_ in formats if has_date(format_)]
    if len(dated) < len(formats):
        times = _Reading.of(present, [format_ for format_ in formats if not has_date(format_)])
        if 2 * times.cells > count_cells(present) or not dated:
            return times, None, "certain"
    if not any(map(order_of, dated)):
        return _Reading.of(present, dated), None, "certain"
    day, month = (
        _Reading.of(present, [format_ for format_ in dated if _is_in_order(format_, order)])
        for order in ("day_first", "month_first")
    )
    if any(format_.startswith("%y") for format_ in dated):
        year = _Reading.of(present, [format_ for format_ in dated if order_of(format_) is None])
        others = [reading for reading in (day, month) if reading.cells == year.cells]
        is_even = bool(others) and is_most_even(year.moments, [reading.moments for reading in others])
        if year.cells > max(day.cells, month.cells) or (year.cells == max(day.cells, month.cells) and is_even):
            return year, None, "likely"
    order, certainty = _choose_order(day, month, hints)
    return (day if order == "day_first" else month), order, certainty


def _is_in_order(format_: str, order: DateOrder) -> bool:
    """Whether a format with a year of four digits or at its end has this order of day and month, or none."""
    return order_of(format_) in {None, order} and not format_.startswith("%y")


def _choose_order(day: _Reading, month: _Reading, hints: DateHints) -> tuple[DateOrder, Certainty]:
    """The order of day and month, of readings in both, and how certain it is."""
    if hints.order is not None:
        return hints.order, "certain"
    if day.cells != month.cells:
        return ("day_first" if day.cells > month.cells else "month_first"), "certain"
    if all("%d." in format_ for format_ in day.formats if order_of(format_)):
        return "day_first", "certain"  # only days have a point behind them
    order = infer_order(day.moments, month.moments) or hints.other_order
    return (order, "likely") if order else ("day_first", "guessed")


def _are_meant(present: pl.DataFrame, reading: _Reading, hints: DateHints, *, few: bool) -> bool:
    """Whether nearly all cells are meant as dates; with `few`, half of them are enough where they are clear."""
    cells = count_cells(present)
    if is_tolerable(cells - reading.cells, reading.cells):
        return _are_dates(present, reading, hints)
    is_clear = any(part in format_ for format_ in reading.formats for part in _CLEAR_PARTS)
    return few and is_clear and reading.cells > 1 and 2 * reading.cells >= cells


def _are_dates(present: pl.DataFrame, reading: _Reading, hints: DateHints) -> bool:
    """Whether cells that can be read as dates are meant as such, and are no versions, codes, ranges or seasons."""
    if all(map(_MONTH_ONLY.fullmatch, reading.formats)):
        return _are_months(reading)
    weak = present[VALUE].filter(contains(present[VALUE], _TWO_DIGIT_DATE))
    if weak.is_empty() or any("%Y" in format_ for format_ in reading.formats):
        return True
    is_padded = "." not in weak[0] or bool(weak.str.contains(_PADDED_DATE).all())
    is_named = DATE_NAME.search(hints.name) is not None
    has_late_days = bool((reading.moments.dt.day() >= _MIN_LATE_DAY).any())
    return reading.cells == count_cells(present) and is_padded and (is_named or has_late_days)


def _are_months(reading: _Reading) -> bool:
    """Whether years and months are plausible ones, and no ids, or seasons such as 2004-05."""
    read = reading.moments.drop_nulls()
    years, months = read.dt.year().cast(pl.Int64), read.dt.month().cast(pl.Int64)
    is_season = reading.formats in _LIKE_SEASONS and are_seasons(years, months)
    return bool(years.is_between(*_LIKELY_YEARS).all()) and not is_season


def _find_last_year(reading: _Reading, order: DateOrder | None, hints: DateHints) -> int | None:
    """The last year that two digits stand for, where there are such years, or may be later."""
    is_short = any("%y" in format_ for format_ in reading.formats)
    if order is None and not is_short:
        return None
    years = sorted(set(reading.moments.drop_nulls().dt.year().to_list()))
    if is_short:
        return infer_last_year(years, hints.name)
    gap = 100 - (years[-1] - years[0])
    return extend_last_year(years[-1], gap, datetime.now(UTC).year) if gap > 0 else None


def _note_order(
    present: pl.DataFrame, formats: Sequence[str], format_: ColumnFormat, hints: DateHints
) -> list[ParseNote]:
    """A warning about dates that could be in either order, where other cells do not tell."""
    if format_.date_order is None or format_.certainty == "certain":
        return []
    other_order: DateOrder = "month_first" if format_.date_order == "day_first" else "day_first"
    swapped = [order for order in formats if order_of(order) in {None, other_order}]
    moments = read_by_formats(present[VALUE], format_.datetime_formats, format_.last_year)
    differs = (moments != read_by_formats(present[VALUE], swapped, format_.last_year)).fill_null(value=False)
    if not differs.any():
        return []
    if format_.certainty == "likely" and format_.date_order != hints.other_order:
        return []
    place = differs.arg_true()[0]
    words = "day, month, year" if format_.date_order == "day_first" else "month, day, year"
    why = ", like other columns of the file" if format_.certainty == "likely" else ""
    cells, total = count_cells(present, differs), count_cells(present)
    advice = (
        f"Read as {words}: {moments[place]:%Y-%m-%d}{why}; {cells:,} of {total:,} cells could be either. "
        f"If that is wrong, upload the file with dates={other_order}."
    )
    return [ParseNote("ambiguous_date", present[VALUE][place], advice)]


def _note_years(present: pl.DataFrame, moments: pl.Series, format_: ColumnFormat) -> list[ParseNote]:
    """Warnings about years of two digits: which they are, and that they are read as years at all."""
    short = [given for given in format_.datetime_formats if "%y" in given]
    if not short or format_.last_year is None:
        return []
    read = read_by_formats(present[VALUE], short, format_.last_year)
    if not (cells := count_cells(present, read.is_not_null())):
        return []
    example = read.is_not_null().arg_true()[0]
    text, years = present[VALUE][example], read.drop_nulls().dt.year()
    span = f"{years.min()} to {years.max()}"
    notes = [
        ParseNote(
            "two_digit_years",
            text,
            f"Read as {read[example]:%Y-%m-%d}: the years of {cells:,} cells have two digits, and are {span}. "
            "Write four digits if that is wrong.",
        )
    ]
    if not any("%Y" in given for given in format_.datetime_formats):
        total = count_cells(present)
        notes.append(
            ParseNote(
                "read_as_dates",
                text,
                f"{count_cells(present, moments.is_not_null()):,} of {total:,} cells are read as dates. "
                "If they are versions or codes, set the column's type to categorical.",
            )
        )
    return notes


def _note_times(present: pl.DataFrame, moments: pl.Series, format_: ColumnFormat) -> list[ParseNote]:
    """A warning about times of day that all begin with one digit, and may be minutes and seconds, or ratios."""
    if format_.datetime_formats != (_TIME_OF_DAY,) or present[VALUE].str.contains("^[0-9]{2}").any():
        return []
    place = moments.is_not_null().arg_true()[0]
    cells, total = count_cells(present, moments.is_not_null()), count_cells(present)
    advice = (
        f"Read as the time of day {moments[place]:%H:%M}, like {cells:,} of {total:,} cells. If they are minutes and "
        "seconds, set the column's type to numeric; if they are words, to categorical."
    )
    return [ParseNote("read_as_times", present[VALUE][place], advice)]
