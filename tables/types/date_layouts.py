"""Layouts of dates and times: the formats in which a text may be one, told from its shape.

A format is that of strptime, with `%q` for a quarter, `%h` for half of a year, `%s` for the time since 1970 and `%E`
for the days of a spreadsheet. The shape of a text has 0 for each digit: whether the numbers make a date is seen when it
is read.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from learning.format_terms import DateOrder
from tables.types.date_names import MONTHS, WEEKDAYS, ZONE_MINUTES

MAX_DATE_CHARS: Final = 64

_LETTER: Final = r"[^\W\d_]"
_YEAR: Final = r"(?P<year>\d{4})"
_ANY_YEAR: Final = r"(?P<year>\d{4}|\d{2})"
_MONTH: Final = r"(?P<month>\d{1,2})"
_DAY: Final = r"(?P<day>\d{1,2})"
_NAME: Final = rf"(?P<name>{_LETTER}{{3,12}})\.?"
_QUARTER: Final = r"(?P<quarter>\d)"
_WEEKDAY: Final = rf"(?:(?P<weekday>{_LETTER}{{2,13}}(?:-feira)?)\.?,? )?"
_ZONE: Final = r"(?: ?(?:(?:(?:GMT|UTC)(?=[+-]))?(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)|(?P<zone>[A-Za-z]{2,4})))?"
_HALF_DAY: Final = r"(?P<half>[AaPp]\.?[Mm]\.?)"
_TIME: Final = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2}(?:[.,]\d{1,9})?))?)?"
    rf"(?: ?(?:[Uu]hr|h|hrs))?(?: ?{_HALF_DAY})?{_ZONE}(?: \([A-Za-z ]+\))?"
)
_OTHER_TIMES: Final = (
    r"(?P<hour>\d{1,2})[hH](?P<minute>\d{2})",
    r"(?P<hour>\d{1,2})\.(?P<minute>\d{2}) [Uu]hr",
    rf"(?P<hour>\d{{1,2}})\.(?P<minute>\d{{2}}) ?{_HALF_DAY}",
)
_COMPACT_DATE: Final = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
_COMPACT_TIME: Final = r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}(?:[.,]\d{1,9})?)?" + _ZONE
_JOIN: Final = r"(?:[Tt:] ?|,? (?:at |um |à |às |a las |- )?)"
_TIME_BEHIND_DATE: Final = _TIME.replace(r"(?::(?P<minute>", r"(?:(?P<colon>[:.hH])(?P<minute>").replace(
    r"(?::(?P<second>", r"(?:(?P=colon)(?P<second>"
)
"""A time that may also be written as in 13h05 and 13.05, as there is a date before it."""

_DATES: Final = (
    rf"{_YEAR}(?P<mark>[-/.]|\.? ){_MONTH}(?P=mark){_DAY}\.?",
    rf"{_YEAR}年 ?{_MONTH}月(?: ?{_DAY}日)?",
    rf"{_YEAR}년 ?{_MONTH}월(?: ?{_DAY}일)?",
    rf"(?P<first>\d{{1,2}})(?P<mark>[-/.] ?)(?P<other>\d{{1,2}})(?P=mark){_ANY_YEAR}",
    rf"(?P<first>\d{{1,2}}) (?P<other>\d{{1,2}}) {_YEAR}",
    rf"{_DAY}(?:st|nd|rd|th|er|º|\.)?(?:[-/ ]| of | de )?{_NAME}(?:[-/ ]|, | de | del )?'?{_ANY_YEAR}",
    rf"{_NAME}[-/ ]{_DAY}(?:st|nd|rd|th)?(?:[-/ ,]|, )'?{_ANY_YEAR}",
    rf"{_YEAR}[-/ ]?{_NAME}[-/ ]?{_DAY}",
    rf"{_NAME}(?:[-/ ,]|, | de | of )?{_YEAR}",
    rf"{_NAME}(?:[-/ ]| ?')(?P<year>\d{{2}})",
    rf"{_YEAR}[-/ ,]?{_NAME}",
    rf"{_YEAR}(?:[-/]|-?[mM]){_MONTH}",
    rf"{_MONTH}[-/]{_YEAR}",
    rf"{_YEAR}[-/ :.]?[qQ]{_QUARTER}",
    rf"[qQ]{_QUARTER}(?:[-/ :.,]{{0,2}}'?{_YEAR}|[-/ ]?'?(?P<short_year>\d{{2}}))",
    rf"[tT]{_QUARTER}[-/ ]{_YEAR}",
    rf"{_QUARTER}[tT][-/ ]?{_YEAR}",
    rf"{_YEAR}[-/ ]?[tT]{_QUARTER}",
    rf"{_QUARTER}[qQ](?:[-/ ]?{_YEAR}|[-/ ]?'?(?P<short_year>\d{{2}}))",
    rf"{_YEAR}[-/ ]?[hH](?P<half_year>\d)",
    rf"[hH](?P<half_year>\d)[-/ ]?{_YEAR}",
    r"(?P<week_year>\d{4})[-/ ]?(?:[Ww]|KW|CW)(?P<week>\d{1,2})(?:-?(?P<week_day>\d))?",
    r"(?:[Ww](?:eek|k)?|KW|CW)\.? ?(?P<week>\d{1,2})(?:[-/ ]|, )(?P<week_year>\d{4})",
)
_LAYOUTS: Final = tuple(
    re.compile(layout)
    for layout in (
        _TIME,
        *_OTHER_TIMES,
        *(_WEEKDAY + date for date in _DATES),
        *(f"{_WEEKDAY}{date}{_JOIN}{_TIME_BEHIND_DATE}" for date in _DATES),
        *(rf"{_TIME}(?:,? (?:on )?){_WEEKDAY}{date}" for date in _DATES),
        rf"{_WEEKDAY}{_NAME} {_DAY} {_TIME} {_YEAR}",
        rf"{_COMPACT_DATE}[Tt]{_COMPACT_TIME}",
        rf"{_COMPACT_DATE}[Tt ]{_TIME}",
    )
)
_DIGITS_ONLY: Final = tuple(
    re.compile(layout)
    for layout in (
        _COMPACT_DATE,
        _COMPACT_DATE + _COMPACT_TIME,
        r"(?P<year>\d{4})(?P<month>\d{2})",
        r"(?P<epoch>\d{9,10}(?:\.\d{1,9})?|\d{13}(?:\.\d{1,3})?|\d{16}|\d{19})",
        r"(?P<serial>\d{5}(?:\.\d{1,15})?)",
    )
)
_DIRECTIVES: Final = {
    "month": "%m",
    "day": "%d",
    "name": "%b",
    "quarter": "%q",
    "half_year": "%h",
    "epoch": "%s",
    "serial": "%E",
    "short_year": "%y",
    "week_year": "%G",
    "week": "%V",
    "week_day": "%u",
    "weekday": "%a",
    "minute": "%M",
    "second": "%S%.f",
    "half": "%p",
    "offset": "%#z",
    "zone": "%Z",
}
_SIGNS: Final = frozenset({"mark", "colon"})
"""The groups of what stands between the parts of a date or time."""
_ORDERS: Final = (("%d", "%m"), ("%m", "%d"))
_DAY_FIRST: Final = re.compile(r"%d[-/. ]+%m")
_MONTH_FIRST: Final = re.compile(r"(?<!%[Yy][-/. ])%m[-/. ]+%d")
_DIGIT: Final = re.compile("[0-9]")
_BLANKS: Final = re.compile(r"[^\S\x1c-\x1f]+")
_DATED: Final = re.compile("%[YyGsE]")


def find_shape(text: str | None) -> str | None:
    """The shape of one text."""
    if text is None or len(text) > MAX_DATE_CHARS:
        return None
    shape = _DIGIT.sub("0", _BLANKS.sub(" ", text))
    return shape if "0" in shape else None


@lru_cache(maxsize=4096)
def list_formats(shape: str, *, digits_only: bool = False) -> tuple[str, ...]:
    """The formats in which a text of a shape may be a datetime; with `digits_only` also digits without a mark."""
    for layout in (*_LAYOUTS, *(_DIGITS_ONLY if digits_only else ())):
        match = layout.fullmatch(shape)
        if match is not None and "%" not in shape and _is_meant(match):
            return tuple(dict.fromkeys(_write_formats(match)))
    return ()


def order_of(format_: str) -> DateOrder | None:
    """Which of day and month is first in a format that has both as numbers, with the year last."""
    if _DAY_FIRST.search(format_):
        return "day_first"
    return "month_first" if _MONTH_FIRST.search(format_) else None


def is_in_order(format_: str, order: DateOrder | None) -> bool:
    """Whether a format has this order of day and month; a point after the day is its own sign."""
    own = order_of(format_)
    if own is None:
        return not format_.startswith("%y")
    return own == order if order is not None else "%d." in format_ and own == "day_first"


def has_date(format_: str) -> bool:
    """Whether a format is that of a date, and not of a time of day alone."""
    return _DATED.search(format_) is not None


def is_digits_only(format_: str) -> bool:
    """Whether a format is that of a single number, as JSON may have it."""
    return format_ in {"%Y%m%d", "%Y%m", "%Y%m%d%H%M", "%Y%m%d%H%M%S%.f", "%s", "%E"}


def _is_meant(match: re.Match[str]) -> bool:
    """Whether the words of a match are names of what they stand for, and its time is one."""
    parts = match.groupdict()
    if parts.get("hour") and not (parts["minute"] or parts["half"]):
        return False
    return (
        (parts.get("name") or "jan").lower() in MONTHS
        and (parts.get("weekday") or "mon").lower() in WEEKDAYS
        and (parts.get("zone") or "Z").upper() in ZONE_MINUTES
    )


def _write_formats(match: re.Match[str]) -> Iterator[str]:
    """The formats of a match: one, or one for each order of day, month and year."""
    parts = {
        name: match.span(name) for name, part in match.groupdict().items() if part is not None and name not in _SIGNS
    }
    year = "%Y" if "year" in parts and len(match["year"]) == 4 else "%y"
    directives = {**_DIRECTIVES, "year": year, "hour": "%I" if "half" in parts else "%H"}
    if "," in (match.groupdict().get("second") or ""):
        directives["second"] = "%S,%f"
    if "first" not in parts:
        yield _replace_spans(match.string, [(parts[name], directives[name]) for name in parts])
        return
    orders = [(first, other, year) for first, other in _ORDERS]
    if year == "%y" and len(match["first"]) == 2:
        orders.append((year, "%m", "%d"))
    for order in orders:
        directives |= dict(zip(("first", "other", "year"), order, strict=True))
        yield _replace_spans(match.string, [(parts[name], directives[name]) for name in parts])


def _replace_spans(text: str, spans: list[tuple[tuple[int, int], str]]) -> str:
    for (start, stop), directive in sorted(spans, reverse=True):
        text = text[:start] + directive + text[stop:]
    return text
