"""Descriptions of input columns, and warnings about encoded rows, which encoders of all types share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from learning.column_format import ColumnFormat
from learning.errors import UnusableColumn
from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    ColumnType,
    DatetimeColumn,
    ImageColumn,
    NumericColumn,
    TextColumn,
)
from learning.image_features import FeatureNet, FeaturesColumn

C = TypeVar(
    "C", NumericColumn, CategoricalColumn, BooleanColumn, DatetimeColumn, TextColumn, ImageColumn, FeaturesColumn
)


@dataclass(frozen=True)
class InputColumn:
    """A column that a model predicts from.

    Attributes:
        categories: Every category seen in training, in alphabetical order; None for other types, and for more than
            10,000 categories.
        minimum: The least value seen in training; of a datetime in seconds since 1970 UTC; None for other types.
        maximum: The greatest value, in the same way.
        format: How its cells are written, and are read; None if an earlier version trained the model.
        dimensions: The numbers in the vector that each of its values has; None if values have none.
        image_shape: Channels, height and width of its pictures; None of other columns.
        feature_net: The net that makes features of its pictures; None if the model sees their pixels.
    """

    name: str
    type: ColumnType
    categories: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    format: ColumnFormat | None = None
    dimensions: int | None = None
    image_shape: tuple[int, int, int] | None = None
    feature_net: FeatureNet | None = None

    @cached_property
    def codes(self) -> dict[str, int]:
        """The code of each category."""
        return {category: code for code, category in enumerate(self.categories or ())}


class InputWarning(NamedTuple):
    """A reason why the prediction for one row is less certain.

    Attributes:
        row: The row of the frame, counted from 0.
        code: unseen_category, pooled_category, outside_trained_range, unlike_training or missing_imputed.
    """

    row: int
    column: str
    code: str
    detail: str


class WarningList:
    """Collects the first warnings by row while columns are encoded; never holds more than twice the limit.

    Args:
        limit: The maximum number of warnings.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._warnings: list[InputWarning] = []
        self._stop: int | None = None  # rows from here on cannot be among the first

    def add(self, row: int, column: str, code: str, detail: str) -> None:
        """Add a warning."""
        self._warnings.append(InputWarning(row, column, code, detail))
        if len(self._warnings) >= 2 * self.limit:
            self._warnings = self.sorted()
            self._stop = self._warnings[-1].row + 1 if self._warnings else 0

    def first_rows(self, rows: NDArray[np.intp]) -> list[int]:
        """Those of ascending rows with the same fault whose warnings may be among the first."""
        stop = len(rows) if self._stop is None else int(np.searchsorted(rows, self._stop))
        return rows[: min(stop, self.limit)].tolist()

    def add_missing(self, rows: NDArray[np.intp], column: str, treatment: str) -> None:
        """Add a warning for each row without a value in a column that no training row lacked."""
        for row in self.first_rows(rows):
            self.add(row, column, "missing_imputed", f"left blank: {treatment}; no training row was blank here")

    def sorted(self) -> list[InputWarning]:
        """The warnings by row, at most `limit`."""
        return sorted(self._warnings)[: self.limit]


_TYPES: Final[Mapping[type[Column], ColumnType]] = {
    NumericColumn: "numeric",
    CategoricalColumn: "categorical",
    BooleanColumn: "boolean",
    DatetimeColumn: "datetime",
    TextColumn: "text",
    ImageColumn: "image",
    FeaturesColumn: "image",
}


def require_type(column: Column, kind: type[C], name: str) -> C:
    """Return the column if it is of this type.

    Raises:
        UnusableColumn: the column is of another type.
    """
    if not isinstance(column, kind):
        raise UnusableColumn(
            f"Column '{name}' is {_TYPES[type(column)]}, and was {_TYPES[kind]} where the model learned from it.",
            "Give it values like those, or upload the table again with that type.",
        )
    return column


def missing_flag_name(name: str) -> str:
    """The name of the input that marks a missing value."""
    return f"{name} is missing"
