"""The parser of a column: from text to the stored type, with the faults and warnings of its inference."""

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat
from learning.frame import ColumnType

VALUE: Final = "value"
COUNT: Final = "count"
MIN_CELLS_PER_FAULT: Final = 20
"""At most one cell in this many may be a fault; in a shorter column one, if at least two are none."""

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
class Parser:
    """The type and the format of a column, and what its cells told of them; `parse_cells` reads by them.

    Attributes:
        faulty_values: The values that are not of the type: their rows are rejected.
        faulty_cells: The number of cells with one of these.
        infinite_values: The values that overflow float64: their cells are emptied.
        is_plain: Whether a plain cast to float64 parses all numbers.
    """

    type: ColumnType
    format: ColumnFormat = PLAIN_FORMAT
    faulty_values: list[str] = field(default_factory=list[str])
    faulty_cells: int = 0
    infinite_values: list[str] = field(default_factory=list[str])
    notes: tuple[ParseNote, ...] = ()
    is_plain: bool = False

    @property
    def has_decimal_comma(self) -> bool:
        """Whether its numbers have a decimal comma."""
        return self.format.decimal == "comma"

    @property
    def is_guess(self) -> bool:
        """Whether the cells do not tell its format, which other columns may."""
        return self.format.certainty == "guessed"


def count_cells(values: pl.DataFrame, where: pl.Series | None = None) -> int:
    """The number of cells with one of the distinct values (VALUE, COUNT), or with one of those selected by `where`."""
    counts = values[COUNT] if where is None else values[COUNT].filter(where)
    return int(counts.sum())


def is_tolerable(faults: int, good: int) -> bool:
    """Whether a column with these counts of faulty and good cells is of the type."""
    return good > 0 if not faults else good >= 2 and faults <= max(1, (good + faults) // MIN_CELLS_PER_FAULT)
