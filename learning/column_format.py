"""Formats of columns: how cells are written, found over the whole file that a model learned from.

A model keeps the format of each of its inputs, and reads every later cell by it, whatever the other rows are. Here is
the description only; `tables` finds it and reads by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Final, Literal

from annotated_types import Ge, Le, MaxLen

from learning.format_terms import DateOrder, DecimalStyle, NumberMark
from learning.serialization import from_json, to_json

Certainty = Literal["certain", "likely", "guessed"]

_DATE_PARTS: Final = "YyGsE"
MAX_MARKERS: Final = 100
MAX_FORMATS: Final = 32
MIN_LAST_YEAR: Final = 1099
MAX_LAST_YEAR: Final = 9999


@dataclass(frozen=True, kw_only=True)
class ColumnFormat:
    """How the cells of a column are written; the default is that of plain numbers, ISO dates and words.

    Attributes:
        decimal: The decimal sign of numbers; the other one separates thousands.
        units: Texts around the numbers that are taken away, such as "kg", "USD" or "%".
        marks: What else is read around the numbers.
        duration: Whether the numbers are seconds, written as in `1:02:03`, `2h 30min` or `PT2H30M`.
        datetime_formats: The strptime formats of datetimes, tried in order.
        date_order: Whether the day or the month is first in dates such as 3/4/2019; None: none is written like that.
        last_year: The last year that two digits stand for; the first one is 99 years before.
        missing_values: Texts that stand for a missing value, in lower case, besides those that do everywhere.
        only_missing_values: Whether no other texts do, because the owner named them.
        labels: The spellings of false and true.
        certainty: How clear the cells are about all this.
    """

    decimal: DecimalStyle = "point"
    units: Annotated[tuple[str, ...], MaxLen(MAX_FORMATS)] = ()
    marks: Annotated[tuple[NumberMark, ...], MaxLen(MAX_FORMATS)] = ()
    duration: bool = False
    datetime_formats: Annotated[tuple[str, ...], MaxLen(MAX_FORMATS)] = ()
    date_order: DateOrder | None = None
    last_year: Annotated[int, Ge(MIN_LAST_YEAR), Le(MAX_LAST_YEAR)] | None = None
    missing_values: Annotated[tuple[str, ...], MaxLen(MAX_MARKERS)] = ()
    only_missing_values: bool = False
    labels: Annotated[tuple[str, ...], MaxLen(2)] = ()
    certainty: Certainty = "certain"

    @property
    def is_time_of_day(self) -> bool:
        """Whether the datetimes are times of day, without a date."""
        return bool(self.datetime_formats) and not any(
            f"%{part}" in given for given in self.datetime_formats for part in _DATE_PARTS
        )

    def to_json(self) -> dict[str, object]:
        """The fields that differ from the default, as JSON values."""
        return {
            field.name: to_json(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> "ColumnFormat":
        """The format of a `to_json` value.

        Raises:
            ValueError: it is none.
        """
        return from_json(cls, {**to_json(PLAIN_FORMAT), **plain})


PLAIN_FORMAT: Final = ColumnFormat()
"""The format of plain numbers, ISO dates and words."""


@dataclass(frozen=True)
class NamedFormat:
    """The format of the column of that name."""

    name: str
    format: ColumnFormat
