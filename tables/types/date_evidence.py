"""Evidence in a column of dates: which of day and month is first, and which century two digits are in."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from learning.format_terms import DateOrder

DATE_NAME: Final = re.compile(
    r"(?i)date|datum|fecha|birth|born|\bdob|\bday\b|_at$|\btime|timestamp|epoch|(?:^|_)ts$|month|created|updated|expir|\bdue\b|geb(?:oren|urt)|naissance|\bdata\b"
)
"""Names of columns of dates."""

_PAST_NAME: Final = re.compile(r"(?i)birth|born|\bdob|geb(?:oren|urt)|naiss|nacim|nascit|nasc\b|death|died")
_FUTURE_NAME: Final = re.compile(r"(?i)expir|valid|matur|\bdue\b|until|deadline|\bend")
_MAX_YEARS_AHEAD: Final = 10
_MAX_NAMED_YEARS_AHEAD: Final = 49
_MIN_YEARS_APART: Final = 10
_RECENT_YEARS: Final = 2

_MIN_STEPS: Final = 4
_MIN_EVEN_SHARE: Final = 0.6
_MIN_SURPLUS: Final = 0.02
_MIN_CONSTANT_MONTHS: Final = 6


def infer_order(day_first: pl.Series, month_first: pl.Series) -> DateOrder | None:
    """The order of day and month that gives even steps between dates, in the file's order, or else an ascending order.

    Each text is given as read in both orders; None if both are about as plausible.
    """
    dates = (_to_days(day_first), _to_days(month_first))
    if len(dates[0]) <= _MIN_STEPS or len(dates[0]) != len(dates[1]):
        return None
    for measure in (_measure_evenness, _measure_sorting):
        day, month = map(measure, dates)
        if max(day, month) >= _MIN_EVEN_SHARE and abs(day - month) >= _MIN_SURPLUS:
            return "day_first" if day > month else "month_first"
    day, month = map(_is_first_of_months, dates)
    return None if day == month else "day_first" if day else "month_first"


def is_most_even(year_first: pl.Series, others: Collection[pl.Series]) -> bool:
    """Whether dates read with the year first have evener steps, or are better sorted, than read otherwise."""
    dates, other_dates = _to_days(year_first), list(map(_to_days, others))
    if len(dates) <= _MIN_STEPS or any(len(other) != len(dates) for other in other_dates):
        return False
    for measure in (_measure_evenness, _measure_sorting):
        share = measure(dates)
        if share >= _MIN_EVEN_SHARE and share - max(map(measure, other_dates)) >= _MIN_SURPLUS:
            return True
    return False


def infer_last_year(years: Collection[int], name: str, today: datetime | None = None) -> int:
    """The last year that two digits stand for in a column with these years, of which the last two digits count.

    None is taken to be in the future, unless those of the next years stand apart from all earlier ones, as in dates of
    expiry; the name of the column may tell.
    """
    this_year = (today or datetime.now(UTC)).year
    short = sorted({year % 100 for year in years})
    gaps = {year: (after - year - 1) % 100 + 1 for year, after in zip(short, [*short[1:], short[0]], strict=True)}
    ahead = _MAX_NAMED_YEARS_AHEAD if _FUTURE_NAME.search(name) else _MAX_YEARS_AHEAD
    last_ahead = max(_last_year_until(year, this_year + ahead) for year in short)
    gap = gaps[last_ahead % 100]
    is_ahead = gap > _MIN_YEARS_APART and gap == max(gaps.values()) and not _PAST_NAME.search(name)
    last = last_ahead if is_ahead else max(_last_year_until(year, this_year) for year in short)
    return extend_last_year(last, gaps[last % 100], this_year)


def extend_last_year(last: int, gap: int, this_year: int) -> int:
    """The last year that two digits stand for, where this is the last one seen, with none in a gap of years after it.

    A column that goes on today goes on in the next years; another one not beyond today.
    """
    if last > this_year or this_year - last <= _RECENT_YEARS:
        return last + (gap - 1) // 2
    return min(this_year, last + gap - 1)


def are_seasons(years: pl.Series, months: pl.Series) -> bool:
    """Whether all "months" are the last digits of the next year, as in the season 2004-05."""
    return bool(((years + 1) % 100 == months).all())


def _last_year_until(short_year: int, bound: int) -> int:
    """The last year up to a bound that ends in these two digits."""
    return bound - (bound - short_year) % 100


def _to_days(moments: pl.Series) -> NDArray[np.int64]:
    return moments.drop_nulls().dt.date().to_physical().cast(pl.Int64).to_numpy()


def _months_and_days(dates: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The months since 1970 and the days of the month, 0 for the first, of days since 1970."""
    months = dates.astype("datetime64[D]").astype("datetime64[M]")
    return months.astype(np.int64), dates - months.astype("datetime64[D]").astype(np.int64)


def _measure_evenness(dates: NDArray[np.int64]) -> float:
    """The share of the commonest step, counted in months between equal days of the month, else in days."""
    months, days = _months_and_days(dates)
    by_month = bool((days == days[0]).all())
    steps = np.diff(months if by_month else dates)
    _, counts = np.unique(steps, return_counts=True)
    return int(counts.max()) / len(steps)


def _measure_sorting(dates: NDArray[np.int64]) -> float:
    """The share of steps that go the same way."""
    steps = np.diff(dates)
    return max(np.count_nonzero(steps >= 0), np.count_nonzero(steps <= 0)) / len(steps)


def _is_first_of_months(dates: NDArray[np.int64]) -> bool:
    """Whether all dates are the first day of a month, of many different months."""
    months, days = _months_and_days(dates)
    years = np.unique(months // 12)
    varied = len(np.unique(months % 12)) >= _MIN_CONSTANT_MONTHS
    return bool((days == 0).all()) and varied and (len(years) > 1 or len(np.unique(months % 12)) == 12)
