"""Parser of dates and times in many notations: year first, day first, or month first.

`03/04/2024` is in March or in April; the other cells of its column decide. If they do not, there is a warning.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from learning.column_format import ColumnFormat, DateOrder
from tables.types.parse import VALUE, ParseNote, Parser, count_cells

_TIME: Final = re.compile(
    r"(?P<join>T| |, )(?P<hour>\d{1,2}):\d{2}(?P<seconds>:\d{2}(?:\.\d{1,9})?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?$"
)
_YEAR_FIRST: Final = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}")
_YEAR_LAST: Final = re.compile(r"\d{1,2}([-/.])\d{1,2}\1(\d{4}|\d{2})(?!\d)")
_DAY_AND_NAME: Final = re.compile(r"\d{1,2}([ -]?)[A-Za-z]{3,9}([ -]|, )?(\d{4}|\d{2})(?!\d)")
_NAME_AND_DAY: Final = re.compile(r"[A-Za-z]{3,9}( )\d{1,2}(,? )(\d{4})(?!\d)")
_COMPACT: Final = re.compile(r"\d{8}$")

_DAY_FIRST: Final = re.compile("%d[-/]%m")
_MONTH_FIRST: Final = re.compile("%m[-/]%d")

ISO_FORMATS: Final = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
)
"""ISO 8601, which every model reads."""

_SAMPLE_VALUES: Final = 100
_MAX_FORMATS: Final = 24


def find_formats(text: pl.Series, *, compact: bool = False) -> list[str]:
    """The strptime formats of distinct values, in both orders of day and month where both are possible.

    With `compact`, eight digits are a date.
    """
    formats: list[str] = []
    unparsed = text
    while len(formats) < _MAX_FORMATS:
        candidates = {
            format_ for value in unparsed.head(_SAMPLE_VALUES) for format_ in _value_formats(value, compact=compact)
        }
        added = sorted(candidates.difference(formats))
        if not added:
            break
        formats += added
        unparsed = unparsed.filter(parse_datetimes(unparsed, added).is_null())
    return formats


def parse_datetimes(text: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Parse text in one of the formats as datetimes in UTC and microseconds; null where none fits.

    Without a time zone the text is in UTC. Years have four digits, or two, of which 70 to 99 are 1970 to 1999.
    """
    datetimes = pl.repeat(None, len(text), dtype=pl.Datetime("us", "UTC"), eager=True)
    for format_ in formats:
        moments = text.str.to_datetime(format_, time_unit="us", strict=False)
        moments = moments if "z" in format_ else moments.dt.replace_time_zone("UTC")
        is_in_range = moments.dt.year().is_between(1000, 9999)
        datetimes = moments.zip_with(datetimes.is_null() & is_in_range, datetimes)
    return datetimes


def datetime_parser(present: pl.DataFrame, *, compact: bool = False) -> Parser | None:
    """A parser of distinct values (VALUE, COUNT) as datetimes, in the order of day and month that parses more cells.

    None if no value looks like a datetime. With `compact`, eight digits are a date.
    """
    text = present[VALUE]
    formats = find_formats(text, compact=compact)
    if not formats:
        return None
    orders = [[format_ for format_ in formats if not other.match(format_)] for other in (_MONTH_FIRST, _DAY_FIRST)]
    day, month = (parse_datetimes(text, order) for order in orders)
    surplus = count_cells(present, month.is_not_null()) - count_cells(present, day.is_not_null())
    moments, order = (month, orders[1]) if surplus > 0 else (day, orders[0])
    notes: tuple[ParseNote, ...] = ()
    if not surplus and (day != month).any():
        ambiguous = (day != month).arg_true()[0]
        advice = f"Read as day, month, year: {day[ambiguous]:%Y-%m-%d}. Write dates like that to be sure."
        notes = (ParseNote("ambiguous_date", text[ambiguous], advice),)
    return Parser(
        "datetime",
        ColumnFormat(datetime_formats=tuple(order), date_order=_find_order(order)),
        faulty_values=text.filter(moments.is_null()).to_list(),
        faulty_cells=count_cells(present, moments.is_null()),
        notes=notes,
    )


def to_seconds(moments: pl.Series) -> NDArray[np.float64]:
    """Datetimes as seconds since 1970-01-01T00:00 UTC; NaN where missing."""
    return (moments.to_physical().cast(pl.Float64) / 1e6).fill_null(np.nan).to_numpy()


def _find_order(formats: Sequence[str]) -> DateOrder | None:
    """The order of day and month in formats that all have the same."""
    if any(map(_DAY_FIRST.match, formats)):
        return "day_first"
    return "month_first" if any(map(_MONTH_FIRST.match, formats)) else None


def _value_formats(value: str, *, compact: bool) -> list[str]:
    """The formats in which a value may be a datetime."""
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _DAY_AND_NAME, _NAME_AND_DAY):
        if (date := pattern.match(value)) is not None:
            time = _time_format(value[date.end() :])
            return [] if time is None else [format_ + time for format_ in _date_formats(pattern, date)]
    return ["%Y%m%d"] if compact and _COMPACT.match(value) else []


def _date_formats(pattern: re.Pattern[str], date: re.Match[str]) -> list[str]:
    if pattern is _YEAR_FIRST:
        return [date[1].join(("%Y", "%m", "%d"))]
    year = "%Y" if len(date[date.re.groups]) == 4 else "%y"
    if pattern is _YEAR_LAST:
        orders = (("%d", "%m", year),) if date[1] == "." else (("%d", "%m", year), ("%m", "%d", year))
        return [date[1].join(order) for order in orders]
    first, second = date[1], date[2] or ""
    return [f"%d{first}%B{second}{year}" if pattern is _DAY_AND_NAME else f"%B{first}%d{second}{year}"]


def _time_format(text: str) -> str | None:
    """The format of the text after a date; None if it is no time."""
    if not text:
        return ""
    time = _TIME.match(text)
    if time is None:
        return None
    hour = "%I" if time["half"] else "%H"
    half = time["half"][:-2] + "%p" if time["half"] else ""
    zone = time["zone"] or ""
    name = zone.strip()
    offset = zone.replace(name, name if name in {"UTC", "GMT"} else "%#z") if name else ""
    return f"{time['join']}{hour}:%M{':%S%.f' if time['seconds'] else ''}{half}{offset}"
