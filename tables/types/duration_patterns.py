"""Patterns of durations: `1:02:03`, `2h 30min`, `1 day 02:00:00` and `PT2H30M`."""

from typing import Final

MINUTES_FIRST: Final = "%M:%S"
"""The format of durations in two parts that are minutes and seconds; without it they are hours and minutes."""

DURATION_DECIMAL: Final = r"[0-9]+(?:\.[0-9]+)?"
DURATION_UNITS: Final[dict[float, str]] = {
    0.001: "ms|msecs?|milliseconds?",
    1.0: "s|secs?|seconds?",
    60.0: "m|mins?|minutes?",
    3600.0: "h|hrs?|hours?",
    86400.0: "d|days?",
    604800.0: "w|wks?|weeks?",
}
"""The spellings of each unit, by its seconds."""
_AMOUNT: Final = rf"{DURATION_DECIMAL} ?(?:{'|'.join(DURATION_UNITS.values())})\.?"
WITH_UNITS: Final = rf"(?i)^{_AMOUNT}(?:(?:,| and)? ?{_AMOUNT})*$"
CLOCK: Final = (
    r"(?i)^(?P<sign>[+-]?)(?:(?P<days>[0-9]+) ?d(?:ays?)?,? )?(?P<first>[0-9]+):(?P<second>[0-5][0-9])"
    r"(?::(?P<third>[0-5][0-9]))?(?P<fraction>\.[0-9]+)?$"
)
FRENCH_CLOCK: Final = r"(?i)^([+-]?[0-9]+) ?h ?([0-5][0-9])$"
"""Hours and minutes as in 1h20."""
ISO_DURATION: Final = (
    rf"^(?P<sign>[+-]?)P(?:(?P<w>{DURATION_DECIMAL})W)?(?:(?P<d>{DURATION_DECIMAL})D)?"
    rf"(?:T(?:(?P<h>{DURATION_DECIMAL})H)?(?:(?P<m>{DURATION_DECIMAL})M)?(?:(?P<s>{DURATION_DECIMAL})S)?)?$"
)
ISO_SECONDS: Final = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
