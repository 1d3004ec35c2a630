"""What the encoders of all types speak of: the columns a model asks for, and those that it was not given.

People and other programs read these; the numbers behind them are each encoder's own.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from learning.errors import UnusableColumn
from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    ColumnType,
    DatetimeColumn,
    NumericColumn,
    TextColumn,
)

C = TypeVar("C", NumericColumn, CategoricalColumn, BooleanColumn, DatetimeColumn, TextColumn)


@dataclass(frozen=True)
class InputColumn:
    """A column that a model predicts from.

    Attributes:
        categories: Every category seen in training, in the order of the alphabet; None for other types.
        minimum: The least value seen in training; for a datetime in seconds since 1970 UTC. None where there is none.
        maximum: The greatest, in the same way.
    """

    name: str
    type: ColumnType
    categories: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None


class SkippedColumn(NamedTuple):
    """A column that is not learned from, and a sentence that says why."""

    column: str
    reason: str


class InputWarning(NamedTuple):
    """Something about one row that makes its prediction less certain.

    Attributes:
        row: The row of the frame, counted from 0.
        code: unseen_category, outside_trained_range or missing_imputed.
    """

    row: int
    column: str
    code: str
    detail: str


def require_type(column: Column, kind: type[C], name: str) -> C:
    """The column, known to be of that kind.

    Raises:
        UnusableColumn: if it is of another.
    """
    if not isinstance(column, kind):
        raise UnusableColumn(
            f"Column '{name}' is a {type(column).__name__}, and the model was trained on a {kind.__name__}.",
            "Give it values of the type that the model lists.",
        )
    return column


def missing_flag_name(name: str) -> str:
    """What the input says that marks a missing value."""
    return f"{name} is missing"


def skip_empty(name: str) -> SkippedColumn:
    """Why a column without any value is not learned from."""
    return SkippedColumn(name, f"Column '{name}' is not used: it has no value in the training rows.")


def skip_constant(name: str, value: object) -> SkippedColumn:
    """Why a column that is always the same is not learned from."""
    return SkippedColumn(name, f"Column '{name}' is not used: it is {value} in every training row.")
