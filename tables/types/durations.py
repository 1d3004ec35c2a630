"""Parser of durations as seconds: `1:02:03`, `2h 30min`, `1 day 02:00:00` and `PT2H30M`."""

import re
from typing import Final

import polars as pl

from learning.column_format import ColumnFormat
from tables.types.duration_patterns import (
    CLOCK,
    DURATION_DECIMAL,
    DURATION_UNITS,
    FRENCH_CLOCK,
    ISO_DURATION,
    ISO_SECONDS,
    MINUTES_FIRST,
    WITH_UNITS,
)
from tables.types.parse import VALUE, ParseNote, Parser, count_cells, is_tolerable
from tables.types.patterns import contains

_NAME: Final = re.compile(
    r"(?i)durat|length|run_?time|elapsed|(?:^|[_ ])(?:laps?|len|pace)(?:$|[_ ])|lap_?time|finish"
    r"|dauer|durée|duree|duraci|durata"
)
_HOURS_NAME: Final = re.compile(r"(?i)hour|hrs?(?:$|[_ ])|stunden|heures|horas")
_LONE_LETTER: Final = rf"(?i)^{DURATION_DECIMAL} ?[smhdw]\.?$"
_HINT: Final = (
    "(?i)[0-9] ?(?:ms|[smhdw]|msecs?|secs?|mins?|hrs?|wks?|milli|minute|hour|day|week)|[0-9]:[0-9]{2}"
    "|[0-9] ?h ?[0-9]{2}$|^[+-]?P.*[0-9]"
)
_LAST_HOUR: Final = 23
_SAMPLE_VALUES: Final = 100


def parse_durations(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Parse text, stripped of blanks, as seconds; a plain number is one of seconds. Null where it is no duration."""
    minutes_first = MINUTES_FIRST in format_.datetime_formats
    text = _spell_alike(text)
    seconds = _read_clock(text, minutes_first=minutes_first)
    for read in (_read_units, _read_iso):
        if not seconds.null_count():
            return seconds
        seconds = seconds.zip_with(seconds.is_not_null(), read(text))
    numbers = text.cast(pl.Float64, strict=False)
    return seconds.zip_with(seconds.is_not_null() | ~numbers.is_finite().fill_null(value=False), numbers)


def duration_parser(present: pl.DataFrame, name: str, *, requested: bool = False) -> Parser | None:
    """A parser of distinct values (VALUE, COUNT) as durations; None if they are none, or may well be times of day.

    `1:02:03` is a duration if the name of the column says so, or if the hours go beyond a day. With `requested`, it is
    known that they are numbers.
    """
    sample = present[VALUE].head(_SAMPLE_VALUES)
    if 2 * int(contains(sample, _HINT).sum()) < len(sample):
        return None
    text = _spell_alike(present[VALUE])
    clocks = text.str.extract_groups(CLOCK).struct.unnest()
    first = clocks["first"].cast(pl.Int64, strict=False)
    in_two = first.is_not_null() & clocks["third"].is_null() & clocks["days"].is_null()
    may_be_long = ~in_two | (_HOURS_NAME.search(name) is not None)
    is_exact = in_two & clocks["fraction"].is_not_null()  # a time of day has no parts of a minute
    is_long = is_exact | ((first > _LAST_HOUR) & may_be_long) | clocks["days"].is_not_null() | (clocks["sign"] == "-")
    in_minutes = in_two.any() and (not _HOURS_NAME.search(name) or (first.is_not_null() & ~in_two).any())
    format_ = ColumnFormat(duration=True)
    if in_minutes:
        format_ = ColumnFormat(duration=True, datetime_formats=(MINUTES_FIRST,), certainty="guessed")
    seconds = parse_durations(text, format_)
    faults = count_cells(present, seconds.is_null())
    if not is_tolerable(faults, count_cells(present) - faults):
        return None
    if not (requested or _are_durations(present, name, is_long, first.is_not_null())):
        return None
    worded = "minutes and seconds" if in_minutes else "hours and minutes"
    example = present[VALUE].filter(in_two if in_two.any() else seconds.is_not_null())[0]
    value = parse_durations(pl.Series([example]), format_)[0]
    parts = f", its two parts as {worded}" if in_two.any() else ""
    advice = f"Read as {value:.15g} seconds{parts}, like all cells of the column: the unit is seconds."
    return Parser(
        "numeric",
        format_,
        present[VALUE].filter(seconds.is_null()).to_list(),
        faults,
        notes=(ParseNote("read_as_seconds", example, advice),),
    )


def _spell_alike(text: pl.Series) -> pl.Series:
    """Texts with one blank for several, and 1:20:00 for 1h20."""
    return text.str.replace_all(r"\s+", " ").str.replace(FRENCH_CLOCK, "${1}:${2}:00")


def _are_durations(present: pl.DataFrame, name: str, is_long: pl.Series, is_clock: pl.Series) -> bool:
    """Whether cells that can be read as durations are meant as such."""
    if _NAME.search(name):
        return True
    clocks = count_cells(present, is_clock)
    if 2 * clocks > count_cells(present):
        long = count_cells(present, is_long)
        return long > 0 and not is_tolerable(long, clocks - long)
    lone = present[VALUE].str.contains(_LONE_LETTER)
    letters = present[VALUE].filter(lone).str.extract("(?i)([a-z])").str.to_lowercase().n_unique()
    return not lone.all() or letters > 1


def _read_clock(text: pl.Series, *, minutes_first: bool) -> pl.Series:
    parts = text.str.extract_groups(CLOCK).struct.unnest()
    first, second, third = (parts[name].cast(pl.Float64, strict=False) for name in ("first", "second", "third"))
    fraction = parts["fraction"].cast(pl.Float64, strict=False).fill_null(0.0)
    days = parts["days"].cast(pl.Float64, strict=False)
    short = third.is_null() & days.is_null() & (pl.Series([minutes_first]) | (fraction > 0.0))
    whole = (first * 3600.0 + second * 60.0 + third.fill_null(0.0)) + days.fill_null(0.0) * 86400.0
    seconds = (first * 60.0 + second).zip_with(short, whole) + fraction
    return (-seconds).zip_with((parts["sign"] == "-").fill_null(value=False), seconds)


def _read_units(text: pl.Series) -> pl.Series:
    amounts = [
        text.str.extract(rf"(?i)({DURATION_DECIMAL}) ?(?:{spellings})(?:[^a-z]|$)").cast(pl.Float64, strict=False)
        * seconds
        for seconds, spellings in DURATION_UNITS.items()
    ]
    total = sum((amount.fill_null(0.0) for amount in amounts[1:]), amounts[0].fill_null(0.0))
    return total.set(~text.str.contains(WITH_UNITS).fill_null(value=False), None)


def _read_iso(text: pl.Series) -> pl.Series:
    parts = text.str.extract_groups(ISO_DURATION).struct.unnest()
    amounts = [parts[name].cast(pl.Float64, strict=False) * seconds for name, seconds in ISO_SECONDS.items()]
    total = sum((amount.fill_null(0.0) for amount in amounts[1:]), amounts[0].fill_null(0.0))
    total = (-total).zip_with((parts["sign"] == "-").fill_null(value=False), total)
    return total.set(
        ~text.str.contains(r"^[+-]?P(?:[0-9]|T[0-9])").fill_null(value=False) | parts["sign"].is_null(), None
    )
