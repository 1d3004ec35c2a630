"""Reader of datetimes by formats: that of polars where it knows all of a format, else one of its parts."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tables.types.date_names import MONTHS, ZONE_MINUTES
from tables.types.date_pattern import DEFAULT_LAST_YEAR, MIN_YEAR, SPREADSHEET_DAYS, write_pattern
from tables.types.parse import find_nulls

MOMENT: Final = pl.Datetime("us", "UTC")
NO_MOMENTS: Final = pl.Series([], dtype=MOMENT)

_FIRST_MICROS: Final = -30_610_224_000_000_000
_END_MICROS: Final = 253_402_300_800_000_000
"""The microseconds from 1970 to the first year that is read, and to the year 10000."""
_NATIVE: Final = re.compile(
    r"(?:%Y([-/.])%m\1%d|%d([-/.])%m\2%Y|%m([-/.])%d\3%Y|%Y%m%d)"
    r"(?:(?:[T ]|, )(?:%H:%M(?::%S%\.f)?|%I:%M(?::%S%\.f)? ?%p)(?: ?%#z)?)?"
)
"""The formats that polars reads, faster than by their parts."""

_DATED: Final = re.compile("%[YyGsE]")


def read_by_formats(text: pl.Series, formats: Sequence[str], last_year: int | None = None) -> pl.Series:
    """Datetimes in UTC and microseconds of texts in one of the formats, tried in order; null where none fits.

    Without a time zone the text is in UTC; without a date it is on 1970-01-01. Two digits stand for a year up to
    `last_year`.
    """
    moments = NO_MOMENTS.clear(len(text))
    for format_ in formats:
        is_first = moments.null_count() == len(moments)
        where = None if is_first else find_nulls(moments) & ~find_nulls(text)
        if where is not None and not where.any():
            break
        read = _read_by_format(text if where is None else text.filter(where), format_, last_year)
        if where is None:
            moments = read
        elif read.null_count() < len(read):
            moments = moments.scatter(where.arg_true(), read)
    return moments


def read_parts(text: pl.Series, format_: str, last_year: int | None = None) -> pl.Series:
    """Datetimes of texts in one format, in any of its spellings: padded or not, with blanks of any kind and number."""
    pattern = write_pattern(format_)
    if pattern is None:
        return NO_MOMENTS.clear(len(text))
    parts = text.str.extract_groups(pattern).struct.unnest()
    matched = parts.to_series(0).is_not_null().to_numpy()
    read = _Parts(parts, len(text))
    months, day = read.month_and_day(last_year)
    days = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]") + (day - 1)
    valid = matched & (day >= 1) & (days.astype("datetime64[M]").astype(np.int64) == months - 1970 * 12)
    days = days.astype(np.int64)
    if "week" in parts.columns:
        days, valid = read.week_days(matched)
    if "epoch" in parts.columns or "serial" in parts.columns:
        return _to_moments(text.name, read.whole_microseconds(), matched)
    hour, minute, micros = read.hour(), read.number("minute"), read.microseconds()
    in_day = (hour < 24) | ((hour == 24) & (minute == 0) & (micros == 0))  # 24:00 ends a day
    valid &= (hour >= 0) & in_day & (minute < 60) & (micros < 60_000_000) & read.has_known_names()
    valid &= (months >= MIN_YEAR * 12) if "week" not in parts.columns else True
    total = ((days * 24 + hour) * 60 + minute - read.offset_minutes()) * 60_000_000 + micros
    if not _DATED.search(format_):
        total %= 86_400_000_000
    return _to_moments(text.name, total, valid)


def _to_moments(name: str, micros: NDArray[np.int64], valid: NDArray[np.bool_]) -> pl.Series:
    """Datetimes of microseconds since 1970; null where they are not valid."""
    series = pl.Series(name, micros).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return series.set(pl.Series(~valid), None)


def _read_by_format(text: pl.Series, format_: str, last_year: int | None) -> pl.Series:
    if _NATIVE.fullmatch(format_) is None:
        return read_parts(text, format_, last_year)
    moments = text.str.to_datetime(format_, time_unit="us", strict=False)
    moments = moments.cast(MOMENT)  # without a zone it is in UTC
    micros = moments.to_physical()
    in_range = (micros >= _FIRST_MICROS) & (micros < _END_MICROS)
    return moments if in_range.all() else moments.set(~in_range, None)


class _Parts:
    """The parts of datetimes as arrays, each 0 or the first where the format has none."""

    def __init__(self, parts: pl.DataFrame, rows: int) -> None:
        self._parts = parts
        self._rows = rows

    def number(self, name: str, default: int = 0) -> NDArray[np.int64]:
        if name not in self._parts.columns:
            return np.full(self._rows, default, np.int64)
        return self._parts[name].cast(pl.Int64, strict=False).fill_null(default).to_numpy()

    def month_and_day(self, last_year: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Months since the year 0, and days of the month."""
        year = self.number("year", 1970)
        if "short_year" in self._parts.columns:
            last = DEFAULT_LAST_YEAR if last_year is None else last_year
            year = last - (last - self.number("short_year")) % 100
        month = self.number("month", 1)
        if "quarter" in self._parts.columns:
            month = self.number("quarter", 1) * 3 - 2
        if "half_year" in self._parts.columns:
            month = self.number("half_year", 1) * 6 - 5
        if "name" in self._parts.columns:
            month = self._look_up("name", self._parts["name"].str.to_lowercase(), MONTHS, 1)
        is_month = (month >= 1) & (month <= 12)
        return year * 12 + np.where(is_month, month, 1) - 1, np.where(is_month, self.number("day", 1), 0)

    def week_days(self, matched: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Days since 1970 of ISO weeks, and whether there is such a week."""
        year, week = self.number("week_year", 1970), self.number("week", 1)

        def first_monday(years: NDArray[np.int64]) -> NDArray[np.int64]:
            fourth = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 3
            return fourth - (fourth + 3) % 7

        days = first_monday(year) + 7 * (week - 1) + self.number("week_day", 1) - 1
        return days, matched & (year >= MIN_YEAR) & (week >= 1) & (days < first_monday(year + 1))

    def hour(self) -> NDArray[np.int64]:
        """Hours of the day; -1 for a thirteenth hour of half a day."""
        if "half" not in self._parts.columns:
            return self.number("hour")
        hour = self.number("half_hour", 12)
        is_late = self._parts["half"].str.to_lowercase().eq("p").fill_null(value=False).to_numpy()
        return np.where((hour >= 1) & (hour <= 12), hour % 12 + 12 * is_late, -1)

    def microseconds(self) -> NDArray[np.int64]:
        if "second" not in self._parts.columns:
            return self.number("second")
        text = self._parts["second"].str.replace(",", ".", literal=True)
        if "fraction" in self._parts.columns:
            text = text + "." + self._parts["fraction"]
        seconds = text.cast(pl.Float64, strict=False)
        return (seconds * 1e6).fill_null(0.0).round().cast(pl.Int64).to_numpy()

    def whole_microseconds(self) -> NDArray[np.int64]:
        """Microseconds since 1970 of a number of days of a spreadsheet, or of units that its number of digits tells."""
        if "serial" in self._parts.columns:
            days = self._parts["serial"].cast(pl.Float64, strict=False).fill_null(0.0).to_numpy()
            return np.round((days - SPREADSHEET_DAYS) * 86_400e3).astype(np.int64) * 1_000
        whole = self.number("epoch")
        part = self._parts["epoch_part"].cast(pl.Float64, strict=False).fill_null(0.0).to_numpy()
        digits = self._parts["epoch"].str.len_chars().fill_null(0).to_numpy()
        per_unit = np.select([digits <= 11, digits <= 14], [1_000_000, 1_000], 1)
        micros = whole * per_unit + np.round(part * per_unit).astype(np.int64)
        return np.where(digits > 17, whole // 1_000, micros)

    def offset_minutes(self) -> NDArray[np.int64]:
        if "zone" in self._parts.columns:
            return self._look_up("zone", self._parts["zone"].str.to_uppercase(), ZONE_MINUTES, 0)
        if "offset" not in self._parts.columns:
            return self.number("offset")
        offset = self._parts["offset"]
        hours, minutes = offset.str.slice(1, 2), offset.str.slice(3).str.strip_prefix(":")
        total = hours.cast(pl.Int64, strict=False) * 60 + minutes.cast(pl.Int64, strict=False).fill_null(0)
        sign = np.where(offset.str.starts_with("-").fill_null(value=False).to_numpy(), -1, 1)
        return sign * total.fill_null(0).to_numpy()

    def has_known_names(self) -> NDArray[np.bool_]:
        """Whether the names of months and zones are known."""
        known = np.ones(self._rows, np.bool_)
        if "name" in self._parts.columns:
            known &= self._look_up("name", self._parts["name"].str.to_lowercase(), MONTHS, 0) > 0
        if "zone" in self._parts.columns:
            known &= self._parts["zone"].str.to_uppercase().is_in([*ZONE_MINUTES]).fill_null(value=False).to_numpy()
        return known

    def _look_up(self, name: str, texts: pl.Series, table: dict[str, int], default: int) -> NDArray[np.int64]:
        return (
            texts.alias(name)
            .replace_strict(table, default=default, return_dtype=pl.Int64)
            .fill_null(default)
            .to_numpy()
        )
