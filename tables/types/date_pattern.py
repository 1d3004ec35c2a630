"""Patterns of datetimes in a format, with a group for each part; and the reader of ISO 8601."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

ISO_FORMATS: Final = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
)
"""ISO 8601, which every model reads."""

ZERO_DATE: Final = r"^(?:0{4}[-/.]00[-/.]00|00[-/.]00[-/.](?:0{4}|00))(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$"
"""What some databases write for a date that is missing."""

DEFAULT_LAST_YEAR: Final = 2069
"""The last year that two digits stand for, where nothing is known: 70 to 99 are 1970 to 1999."""

MIN_YEAR: Final = 1000
SPREADSHEET_DAYS: Final = 25_569
"""The days from the zeroth of a spreadsheet to 1970."""
_MAX_FORMAT_CHARS: Final = 128
_DIRECTIVE: Final = re.compile(r"%#z|%\.f|%[A-Za-z]")
_ONE_OR_TWO: Final = "[0-9]{1,2}"
_DIRECTIVE_PATTERNS: Final = {
    "%Y": "(?P<year>[0-9]{4})",
    "%y": "(?P<short_year>[0-9]{2})",
    "%G": "(?P<week_year>[0-9]{4})",
    "%m": f"(?P<month>{_ONE_OR_TWO})",
    "%d": f"(?P<day>{_ONE_OR_TWO})",
    "%b": r"(?P<name>\p{L}{3,12})",
    "%q": "(?P<quarter>[1-4])",
    "%h": "(?P<half_year>[12])",
    "%V": f"(?P<week>{_ONE_OR_TWO})",
    "%u": "(?P<week_day>[1-7])",
    "%a": r"\p{L}{2,13}(?:-feira)?",
    "%H": f"(?P<hour>{_ONE_OR_TWO})",
    "%I": f"(?P<half_hour>{_ONE_OR_TWO})",
    "%M": "(?P<minute>[0-9]{2})",
    "%S": "(?P<second>[0-9]{2}(?:[.,][0-9]{1,9})?)",
    "%.f": "",
    "%f": "(?P<fraction>[0-9]{1,9})",
    "%s": r"(?P<epoch>[0-9]{9,19})(?P<epoch_part>\.[0-9]{1,9})?",
    "%E": r"(?P<serial>[0-9]{5}(?:\.[0-9]{1,15})?)",
    "%p": r"(?P<half>[AaPp])\.?[Mm]\.?",
    "%#z": "(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)",
    "%Z": "(?P<zone>[A-Za-z]{1,4})",
}


@lru_cache(maxsize=1024)
def write_pattern(format_: str) -> str | None:
    """The regular expression of a format, with a group for each part; None if it is no format of ours."""
    tokens = _DIRECTIVE.findall(format_)
    is_ours = format_.isprintable() and len(format_) <= _MAX_FORMAT_CHARS and set(tokens) <= _DIRECTIVE_PATTERNS.keys()
    if not is_ours or not set(tokens) - {"%a", "%.f"} or len(set(tokens)) < len(tokens):
        return None
    pattern, end, before = "", 0, ""
    for token in _DIRECTIVE.finditer(format_):
        literal = _escape_literal(format_[end : token.start()])
        part = _DIRECTIVE_PATTERNS[token.group()]
        # digits without a mark between them have a fixed width
        if end and not literal and _ONE_OR_TWO in part + before:
            part = part.replace(_ONE_OR_TWO, "[0-9]{2}")
        pattern += literal + part
        end, before = token.end(), part
    return f"^{pattern}{_escape_literal(format_[end:])}$"


def _escape_literal(text: str) -> str:
    """The regular expression of a text between the parts of a format, with blanks of any kind and number."""
    return re.escape(text).replace(r"\ ", r"\s+")


def read_iso(text: str) -> datetime | None:
    """The moment of a text that `datetime.fromisoformat` takes; None of others."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not MIN_YEAR < moment.year < datetime.max.year:  # so that no time zone leads out of the years that there are
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
