"""Which columns can be learned from, and how many inputs each becomes.

The encoders apply these rules to training rows; a job's validation applies the same rules to the dataset's profile,
before any row is read.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from learning.frame import ColumnType

MIN_ROWS_PER_OUTPUT: Final = 2
"""A category or word needs at least this many training rows for an input of its own: seen once, it is only noise."""

MAX_COLUMN_OUTPUTS: Final = 256
"""A column becomes at most about this many inputs; each costs memory in every row."""

_MIN_COLUMN_OUTPUTS: Final = 64
_MAX_COLUMN_CELLS: Final = 2**24

MIN_ID_SHARE: Final = 0.9
"""From this share of distinct values on, a categorical column looks like an id."""

ID_NAME: Final = re.compile(r"(?:.*[_ -])?(?:id|uuid|index|key)|row(?:[_ -]?(?:id|number|num))?", re.IGNORECASE)
"""Names of columns that only number or identify their rows."""

DATETIME_OUTPUTS: Final = 7
"""A trend, and sine and cosine of month, weekday and hour."""


class SkippedColumn(NamedTuple):
    """A column that is not learned from, and a sentence that says why."""

    column: str
    reason: str


Rows = Literal["row", "training row"]
"""Which rows a reason for skipping a column speaks of: all, or those that an encoder is fitted on."""


@dataclass(frozen=True, kw_only=True)
class ColumnStats:
    """What is known of a column before its rows are read.

    Attributes:
        rows: How many rows the table has.
        missing: How many of them have no value.
        distinct: How many different values there are; 0 where that is not known.
        is_constant: Whether all values are the same.
    """

    name: str
    type: ColumnType
    rows: int
    missing: int
    distinct: int
    is_constant: bool

    def find_skip_reason(self) -> SkippedColumn | None:
        """Why nothing can be learned from the column; None if something can."""
        present = self.rows - self.missing
        if self.type == "image":
            return SkippedColumn(self.name, f"Column '{self.name}' is not used: it holds images.")
        if not present:
            return skip_empty(self.name, "row")
        if not self.missing and self.is_constant:
            return skip_constant(self.name, "row")
        if self.type == "categorical" and looks_like_id(self.distinct, present):
            return skip_id(self.name, self.distinct, present, "row")
        return None

    def estimate_outputs(self) -> int:
        """About how many inputs the column becomes."""
        flag, limit = self.missing > 0, max_outputs_for(self.rows)
        match self.type:
            case "categorical":
                return min(self.distinct, limit) + (self.distinct > limit) + flag
            case "text":
                return limit + flag
            case "datetime":
                return DATETIME_OUTPUTS + flag
            case "image":
                return 0
            case "numeric" | "boolean":
                return 1 + flag


def max_outputs_for(rows: int) -> int:
    """How many inputs a column may become: 256, but no more than 64 MiB of float32 for all rows, and 64 in any case."""
    return max(_MIN_COLUMN_OUTPUTS, min(MAX_COLUMN_OUTPUTS, _MAX_COLUMN_CELLS // max(rows, 1)))


def is_id_name(name: str) -> bool:
    """Whether a column is called like an id."""
    return ID_NAME.fullmatch(name) is not None


def looks_like_id(distinct: int, present: int) -> bool:
    """Whether a categorical column has another value in nearly every row that has one."""
    return distinct > 1 and distinct >= MIN_ID_SHARE * present


def skip_empty(name: str, rows: Rows = "training row") -> SkippedColumn:
    """Why a column without any value is not learned from."""
    return SkippedColumn(name, f"Column '{name}' is not used: it has no value in any {rows}.")


def skip_constant(name: str, rows: Rows = "training row", value: str | None = None) -> SkippedColumn:
    """Why a column that is always the same is not learned from."""
    shown = "has the same value" if value is None else f"is {value}"
    return SkippedColumn(name, f"Column '{name}' is not used: it {shown} in every {rows}.")


def skip_id(name: str, distinct: int, present: int, rows: Rows = "training row") -> SkippedColumn:
    """Why a column of identifiers is not learned from."""
    reason = f"it looks like an id, with {distinct:,} different values in {present:,} {rows}s"
    return SkippedColumn(name, f"Column '{name}' is not used: {reason}.")
