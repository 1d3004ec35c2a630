"""The rules that decide which columns can be learned from, and the number of inputs of each.

Encoders apply these rules to training rows; the validation of a job applies them to the dataset's profile, before any
row is read.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from learning.encoding.numeric_spec import limit_edges
from learning.frame import ColumnType

MIN_ROWS_PER_OUTPUT: Final = 2
"""The fewest training rows of a category or word for an input of its own: what occurs once is noise."""

MAX_COLUMN_OUTPUTS: Final = 256
"""The approximate maximum of a column's inputs, each of which costs memory in every row."""

MAX_TERMS: Final = 20_000
"""The maximum number of terms of a text column."""

_MIN_COLUMN_OUTPUTS: Final = 64
_MAX_SLOTS: Final = 512
_MAX_COLUMN_SLOTS: Final = 2**25
_MAX_COLUMN_CELLS: Final = 2**24

MIN_ID_SHARE: Final = 0.9
"""From this share of distinct values on, a categorical column counts as an id."""

ID_NAME: Final = re.compile(r"(?:.*[_ -])?(?:id|uuid|index|key)|row(?:[_ -]?(?:id|number|num))?", re.IGNORECASE)
"""Names of id columns, which only number or identify their rows."""

DATETIME_OUTPUTS: Final = 7
"""A trend, and sine and cosine of month, weekday and hour."""


class SkippedColumn(NamedTuple):
    """A column that is not learned from, and the reason as a sentence."""

    column: str
    reason: str


Rows = Literal["row", "training row"]
"""The rows that a reason for skipping a column refers to: all, or those an encoder is fitted on."""


@dataclass(frozen=True, kw_only=True)
class ColumnStats:
    """Statistics of a column that are known before its rows are read.

    Attributes:
        rows: The number of rows of the table.
        missing: The number of rows without a value.
        distinct: The number of different values; 0 where that is not known.
        is_constant: Whether all values are the same.
    """

    name: str
    type: ColumnType
    rows: int
    missing: int
    distinct: int
    is_constant: bool

    def find_skip_reason(self) -> SkippedColumn | None:
        """The reason why the column cannot be learned from; None if it can."""
        present = self.rows - self.missing
        if not present:
            return skip_empty(self.name, "row")
        if not self.missing and self.is_constant:
            return skip_constant(self.name, "row")
        if self.type == "categorical" and looks_like_id(self.distinct, present):
            return skip_id(self.name, self.distinct, present, "row")
        return None

    def is_embedded(self, min_categories: int) -> bool:
        """Whether its values will probably get embeddings, which is for so many values that repeat."""
        if self.type != "categorical" and not (self.type == "numeric" and is_id_name(self.name)):
            return False
        present = self.rows - self.missing
        repeated = min(self.distinct, present - self.distinct)
        return repeated >= min_categories and not looks_like_id(self.distinct, present)

    def describe_pooling(self) -> str | None:
        """The sentence that says how many categories will be learned as one; None if there are not too many."""
        limit = max_outputs_for(self.rows)
        return describe_pooling(self.name, limit, self.distinct) if self.distinct > limit else None

    def estimate_outputs(self, bins: int) -> int:
        """The approximate number of inputs of the column, if numbers and dates get so many bins."""
        flag, limit = self.missing > 0, max_outputs_for(self.rows)
        match self.type:
            case "categorical":
                return min(self.distinct, limit) + (self.distinct > limit) + flag
            case "datetime":
                return DATETIME_OUTPUTS + flag + self._count_bins(bins)
            case "image" | "text":
                return int(flag)
            case "boolean":
                return 1 + flag
            case "numeric":
                return 1 + flag + self._count_bins(bins)

    def _count_bins(self, bins: int) -> int:
        """The approximate number of bins of the column, which has none rather than one."""
        fitting = self.distinct - 1 if 0 < self.distinct <= limit_edges(bins) else bins
        return fitting if fitting > 1 else 0


def max_outputs_for(rows: int) -> int:
    """The maximum number of inputs of a column: 256, or fewer so that all rows take at most 64 MiB; never below 64."""
    return max(_MIN_COLUMN_OUTPUTS, min(MAX_COLUMN_OUTPUTS, _MAX_COLUMN_CELLS // max(rows, 1)))


def max_slots_for(rows: int) -> int:
    """The maximum number of terms of a row: 512, or fewer so that all rows take at most 256 MiB; never below 64."""
    return max(_MIN_COLUMN_OUTPUTS, min(_MAX_SLOTS, _MAX_COLUMN_SLOTS // max(rows, 1)))


def is_id_name(name: str) -> bool:
    """Whether a column has a name of an id."""
    return ID_NAME.fullmatch(name) is not None


def looks_like_id(distinct: int, present: int) -> bool:
    """Whether nearly all values of a categorical column are different."""
    return distinct > 1 and distinct >= MIN_ID_SHARE * present


def describe_pooling(name: str, kept: int, distinct: int) -> str:
    """The sentence that says how many values of a categorical column are learned as one."""
    return (
        f"{distinct - kept:,} of {distinct:,} values of '{name}' are learned as one, so they get the same answers: "
        f"only the {kept:,} most frequent, in {MIN_ROWS_PER_OUTPUT} training rows or more, are told apart."
    )


def skip_empty(name: str, rows: Rows = "training row") -> SkippedColumn:
    """The reason for skipping a column without any value."""
    return SkippedColumn(name, f"Column '{name}' is not used: it has no value in any {rows}.")


def skip_second_image(name: str, first: str) -> SkippedColumn:
    """The reason for skipping a second column of pictures."""
    return SkippedColumn(name, f"Column '{name}' is not used: a net sees one picture a row, that of '{first}'.")


def skip_constant(name: str, rows: Rows = "training row", value: str | None = None) -> SkippedColumn:
    """The reason for skipping a constant column."""
    shown = "has the same value" if value is None else f"is {value}"
    return SkippedColumn(name, f"Column '{name}' is not used: it {shown} in every {rows}.")


def skip_id(name: str, distinct: int, present: int, rows: Rows = "training row") -> SkippedColumn:
    """The reason for skipping a column of ids."""
    reason = f"it looks like an id, with {distinct:,} different values in {present:,} {rows}s"
    return SkippedColumn(name, f"Column '{name}' is not used: {reason}.")
