"""Dates that are written as one number: 20240131, seconds since 1970, the days of a spreadsheet.

They are numbers unless the owner sets the type; where they are likely dates, a warning says so.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from tables.types.date_evidence import DATE_NAME
from tables.types.parse import ParseNote, PlainNumbers

_EPOCHS: Final = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000, "nanoseconds": 1_000_000_000}
_FIRST_SECOND: Final = 1_000_000_000
_LAST_SECOND: Final = 2_200_000_000
"""The moments of 2001 and 2039 between which ten digits are likely seconds since 1970."""
_SERIALS: Final = (20_000, 60_000)
"""The days of 1954 and 2064 in a spreadsheet."""
_SPREADSHEET_START: Final = datetime(1899, 12, 30, tzinfo=UTC)
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100


def note_dates_in_digits(plain: PlainNumbers, name: str) -> tuple[ParseNote, ...]:
    """The warning that the plain numbers of a column are likely dates, by their range and the column's name."""
    if not plain.count:
        return ()
    is_named = DATE_NAME.search(name) is not None
    found = (_find_epoch(plain) or _find_written_date(plain, is_named=is_named)) if plain.all_integers else None
    found = found or (_find_serial(plain) if is_named else None)
    if found is None:
        return ()
    kind, moment = found
    advice = (
        f"Read as numbers; all {plain.count:,} may be {kind}, the first {moment:%Y-%m-%d}. "
        "If they are, set the column's type to datetime."
    )
    return (ParseNote("maybe_dates", f"{plain.low:.15g}", advice),)


def _find_epoch(plain: PlainNumbers) -> tuple[str, datetime] | None:
    for unit, per_second in _EPOCHS.items():
        if plain.low >= _FIRST_SECOND * per_second and plain.high <= _LAST_SECOND * per_second:
            return f"{unit} since 1970", datetime.fromtimestamp(plain.low / per_second, UTC)
    return None


def _find_written_date(plain: PlainNumbers, *, is_named: bool) -> tuple[str, datetime] | None:
    """Dates of eight digits, or months of six, of which there are too many by chance in a column of another name."""
    forms = (("%Y%m%d", "dates such as 20240131"), ("%Y%m", "months such as 202401"))
    for form, kind in forms if is_named else forms[:1]:
        try:
            first, last = (datetime.strptime(f"{number:.0f}", form) for number in (plain.low, plain.high))
        except ValueError:
            continue
        if first.year >= _FIRST_YEAR and last.year <= _LAST_YEAR and f"{first:{form}}" == f"{plain.low:.0f}":
            return kind, first
    return None


def _find_serial(plain: PlainNumbers) -> tuple[str, datetime] | None:
    if not (_SERIALS[0] <= plain.low <= plain.high <= _SERIALS[1]):
        return None
    return "days of a spreadsheet", _SPREADSHEET_START + timedelta(plain.low)
