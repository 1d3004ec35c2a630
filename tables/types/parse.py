"""The parser of a column: from text to the stored type, with the faults and warnings of its inference."""

from collections import Counter
from dataclasses import dataclass, field
from math import inf
from typing import Final

import numpy as np
import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat
from learning.frame import ColumnType

VALUE: Final = "value"
COUNT: Final = "count"
MIN_CELLS_PER_FAULT: Final = 20
"""At most one cell in this many may be a fault; in a shorter column one, if at least two are none."""
_FEW_VALUES: Final = 1_000

FAULT_CODES: Final[dict[ColumnType, str]] = {
    "numeric": "not_a_number",
    "boolean": "not_a_boolean",
    "datetime": "not_a_date",
}
"""The code of a cell that is not of its column's type."""


@dataclass(frozen=True)
class ParseNote:
    """A warning about a column, with an example value and what to do."""

    code: str
    value: str
    suggestion: str


@dataclass(frozen=True)
class PointGroups:
    """Whether the points of numbers may separate thousands, as in 1.234 beside 987.

    Attributes:
        are_possible: Whether each point has three digits behind it, and no number without one is over 999.
        has_points: Whether there are points.
        has_last_zero: Whether the last digit behind a point is a zero, which few programs write of a fraction.
        has_bare: Whether there are numbers without a point.
    """

    are_possible: bool = True
    has_points: bool = False
    has_last_zero: bool = False
    has_bare: bool = False

    def join(self, other: "PointGroups") -> "PointGroups":
        """What holds of the cells of both."""
        return PointGroups(
            self.are_possible and other.are_possible,
            self.has_points or other.has_points,
            self.has_last_zero or other.has_last_zero,
            self.has_bare or other.has_bare,
        )

    @property
    def are_likely(self) -> bool:
        """Whether the cells alone tell that points separate thousands."""
        return self.are_open and self.has_last_zero and self.has_bare

    @property
    def are_open(self) -> bool:
        """Whether there are points that may separate thousands."""
        return self.are_possible and self.has_points


@dataclass
class PlainNumbers:
    """Statistics of a column's cells that were read as plain numbers, and of those left out beside them.

    Attributes:
        count: The number of plain numbers.
        low: The least of them; `high` the greatest.
        markers: The texts left out as missing, and how many cells have each.
    """

    count: int = 0
    low: float = inf
    high: float = -inf
    all_integers: bool = True
    groups: PointGroups = PointGroups()
    markers: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True)
class Parser:
    """The type and the format of a column, and what its cells told of them; `parse_cells` reads by them.

    Attributes:
        faulty_values: The values that are not of the type: their cells are emptied.
        faulty_cells: The number of cells with one of these.
        infinite_values: The values that overflow float64: their cells are emptied.
        is_plain: Whether a plain cast to float64 parses all numbers.
        has_decimal_point: Whether numbers have a decimal point for certain.
        is_open: Whether the decimal sign of other columns should decide on that of this one.
    """

    type: ColumnType
    format: ColumnFormat = PLAIN_FORMAT
    faulty_values: list[str] = field(default_factory=list[str])
    faulty_cells: int = 0
    infinite_values: list[str] = field(default_factory=list[str])
    notes: tuple[ParseNote, ...] = ()
    is_plain: bool = False
    has_decimal_point: bool = False
    is_open: bool = False

    @property
    def has_decimal_comma(self) -> bool:
        """Whether its numbers have a decimal comma."""
        return self.format.decimal == "comma"

    @property
    def is_guess(self) -> bool:
        """Whether the cells do not tell its format, which other columns may."""
        return self.format.certainty == "guessed"


def select_rows(frame: pl.DataFrame, where: pl.Series) -> pl.DataFrame:
    """The rows of a frame that a mask selects; without a query, which costs as much as thousands of values."""
    return frame if where.all() else pl.DataFrame([column.filter(where) for column in frame.iter_columns()])


def find_nulls(values: pl.Series) -> pl.Series:
    """Whether each value is null; without a query where they are few."""
    if not values.null_count():
        return pl.Series(np.zeros(len(values), np.bool_))
    if len(values) > _FEW_VALUES:
        return values.is_null()
    return pl.Series([value is None for value in values.to_list()], dtype=pl.Boolean)


def count_cells(values: pl.DataFrame, where: pl.Series | None = None) -> int:
    """The number of cells with one of the distinct values (VALUE, COUNT), or with one of those selected by `where`."""
    counts = values[COUNT] if where is None else values[COUNT].filter(where)
    return int(counts.sum())


def is_tolerable(faults: int, good: int) -> bool:
    """Whether a column with these counts of faulty and good cells is of the type."""
    return good > 0 if not faults else good >= 2 and faults <= max(1, (good + faults) // MIN_CELLS_PER_FAULT)
