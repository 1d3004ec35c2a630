"""Reader of one text as a moment in the format of its column, or as another spelling of a date in its order."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from tables.python_export.cells.number_cell import Rule
from tables.types.date_layouts import find_shape, has_date, is_in_order, list_formats
from tables.types.date_names import MONTHS, ZONE_MINUTES
from tables.types.date_pattern import (
    DEFAULT_LAST_YEAR,
    ISO_FORMATS,
    MIN_YEAR,
    SPREADSHEET_DAYS,
    read_iso,
    write_pattern,
)

MAX_YEAR: Final = 9999
MICROS: Final = 1_000_000
YEAR_OF_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_moment_text(text: str, rule: Rule) -> float | None:
    """The seconds since 1970 of a text, stripped of blanks, by the rule of its column; None if it is no moment."""
    formats, last_year = rule["datetime_formats"], rule["last_year"]
    for format_ in dict.fromkeys((*formats, *ISO_FORMATS)):
        if (seconds := read_by_format(text, format_, last_year)) is not None:
            return seconds
    seconds, shape = None, find_shape(text)
    is_time = bool(formats) and not any(map(has_date, formats))
    for other in list_formats(shape) if shape is not None else ():
        if has_date(other) != is_time and is_in_order(other, rule["date_order"]):
            seconds = read_by_format(text, other, last_year)
    if seconds is None and re.match("[0-9]{4}", text) and (moment := read_iso(text)) is not None:
        return moment.timestamp()
    return seconds


def read_by_format(text: str, format_: str, last_year: int | None) -> float | None:
    """The seconds since 1970 of a text in one format; None if it is not in it."""
    pattern = write_pattern(format_)
    found = None if pattern is None else re.search(pattern.replace(r"\p{L}", r"[^\W\d_]"), text)
    if found is None or text[found.end() :]:  # `$` is also before a last line feed
        return None
    parts = {name: part for name, part in found.groupdict().items() if part is not None}
    if "epoch" in parts or "serial" in parts:
        return find_whole_micros(parts) / MICROS
    day = find_week_day(parts) if "week" in parts else find_day(parts, last_year)
    micros = find_micros_of_day(parts)
    if day is None or micros is None:
        return None
    total = day * 86_400 * MICROS + micros
    return (total if has_date(format_) else total % (86_400 * MICROS)) / MICROS


def find_day(parts: dict[str, str], last_year: int | None) -> int | None:
    """The days since 1970 of year, month and day; None if there is no such day."""
    year = int(parts.get("year", 1970))
    if "short_year" in parts:
        last = DEFAULT_LAST_YEAR if last_year is None else last_year
        year = last - (last - int(parts["short_year"])) % 100
    month = int(parts.get("month", 1))
    if "quarter" in parts:
        month = int(parts["quarter"]) * 3 - 2
    if "half_year" in parts:
        month = int(parts["half_year"]) * 6 - 5
    if "name" in parts:
        month = MONTHS.get(parts["name"].lower(), 0)
    try:
        day = datetime(year, month, int(parts.get("day", 1)), tzinfo=UTC)
    except ValueError:
        return None
    return (day - YEAR_OF_EPOCH).days if year >= MIN_YEAR else None


def find_week_day(parts: dict[str, str]) -> int | None:
    """The days since 1970 of an ISO week; None if there is no such week."""
    year, week, day = int(parts.get("week_year", 1970)), int(parts["week"]), int(parts.get("week_day", 1))
    try:
        found = datetime.fromisocalendar(year, week, day).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (found - YEAR_OF_EPOCH).days if year >= MIN_YEAR else None


def find_micros_of_day(parts: dict[str, str]) -> int | None:
    """The microseconds since the day began, in UTC; None if there is no such time or zone."""
    hour, minute = int(parts.get("hour", 0)), int(parts.get("minute", 0))
    if "half_hour" in parts:
        half = int(parts["half_hour"])
        hour = half % 12 + 12 * (parts.get("half", "a").lower() == "p") if 1 <= half <= 12 else 25
    second = parts.get("second", "0").replace(",", ".")
    if "fraction" in parts:
        second += f".{parts['fraction']}"
    micros = round(float(second) * 1e6)
    is_in_day = hour < 24 or (hour == 24 and not minute and not micros)
    if not is_in_day or minute >= 60 or micros >= 60 * MICROS:
        return None
    if "zone" in parts and parts["zone"].upper() not in ZONE_MINUTES:
        return None
    offset = ZONE_MINUTES[parts["zone"].upper()] if "zone" in parts else 0
    if len(parts.get("offset", "Z")) > 1:
        digits = parts["offset"][1:].replace(":", "")
        offset = (int(digits[:2]) * 60 + int(digits[2:] or 0)) * (-1 if parts["offset"][0] == "-" else 1)
    return (hour * 60 + minute - offset) * 60 * MICROS + micros


def find_whole_micros(parts: dict[str, str]) -> int:
    """The microseconds since 1970 of days of a spreadsheet, or of units that the number of digits tells."""
    if "serial" in parts:
        return round((float(parts["serial"]) - SPREADSHEET_DAYS) * 86_400e3) * 1_000
    whole, digits = int(parts["epoch"]), len(parts["epoch"])
    if digits > 17:
        return whole // 1_000
    per_unit = MICROS if digits <= 11 else 1_000 if digits <= 14 else 1
    return whole * per_unit + round(float(parts.get("epoch_part", 0.0)) * per_unit)


def convert_moment(moment: datetime) -> float:
    """The seconds since 1970 of a moment; one without a time zone is in UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (aware - YEAR_OF_EPOCH) / timedelta(seconds=1)
