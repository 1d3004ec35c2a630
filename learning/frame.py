"""A frame: the columns of a dataset in memory, typed, with missing values marked.

Encoders learn from frames and models predict from them; where a frame came from (a file, a request) nobody here knows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.errors import UnusableColumn

ColumnType = Literal["numeric", "categorical", "boolean", "datetime", "text", "image"]


@dataclass(frozen=True)
class NumericColumn:
    """Numbers, float64 (rows,); NaN is missing."""

    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.intp]) -> "NumericColumn":
        """The column of the given row numbers, in their order."""
        return NumericColumn(self.values[rows])


@dataclass(frozen=True)
class CategoricalColumn:
    """Words out of a list: `codes` int32 (rows,) point into `categories`; -1 is missing."""

    codes: NDArray[np.int32]
    categories: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[np.intp]) -> "CategoricalColumn":
        """The column of the given row numbers, in their order."""
        return CategoricalColumn(self.codes[rows], self.categories)


@dataclass(frozen=True)
class BooleanColumn:
    """Yes or no: int8 (rows,), 1 or 0; -1 is missing."""

    values: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.intp]) -> "BooleanColumn":
        """The column of the given row numbers, in their order."""
        return BooleanColumn(self.values[rows])


@dataclass(frozen=True)
class DatetimeColumn:
    """Moments: float64 (rows,), seconds since 1970-01-01T00:00 UTC; NaN is missing."""

    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.intp]) -> "DatetimeColumn":
        """The column of the given row numbers, in their order."""
        return DatetimeColumn(self.values[rows])


@dataclass(frozen=True)
class TextColumn:
    """Free text: an object array (rows,) of str; None is missing."""

    values: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.intp]) -> "TextColumn":
        """The column of the given row numbers, in their order."""
        return TextColumn(self.values[rows])


Column = NumericColumn | CategoricalColumn | BooleanColumn | DatetimeColumn | TextColumn


@dataclass(frozen=True)
class Numbers:
    """Numeric columns side by side in one matrix, so that many are as quickly read as one.

    Attributes:
        names: Their names.
        values: float64 (columns, rows); NaN is missing.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]

    def find(self, name: str) -> NumericColumn | None:
        """The column of that name, if it is one of these."""
        return NumericColumn(self.values[self.names.index(name)]) if name in self.names else None


@dataclass(frozen=True)
class Frame:
    """Named columns of equal length.

    Attributes:
        columns: The columns by name, but for those that are in `numbers`.
        rows: How many rows there are.
        numbers: The numeric columns, where they lie together.

    Raises:
        ValueError: if the columns differ in length.
    """

    columns: Mapping[str, Column]
    rows: int
    numbers: Numbers | None = None

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != self.rows:
                raise ValueError(f"column {name!r} has {len(column)} rows, the frame has {self.rows}")
        if self.numbers is not None and self.numbers.values.shape != (len(self.numbers.names), self.rows):
            raise ValueError(f"the numbers are {self.numbers.values.shape}, the frame has {self.rows} rows")

    def __iter__(self) -> Iterator[str]:
        return chain(self.numbers.names if self.numbers else (), self.columns)

    def __getitem__(self, name: str) -> Column:
        return self.column(name)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            UnusableColumn: if there is none.
        """
        column = self.columns.get(name)
        if column is None and self.numbers is not None:
            column = self.numbers.find(name)
        if column is None:
            nearest = get_close_matches(name, list(self), n=1)
            raise UnusableColumn(
                f"There is no column '{name}'.",
                f"Did you mean '{nearest[0]}'?" if nearest else f"The columns are: {', '.join(self)}.",
            )
        return column

    def take(self, rows: NDArray[np.intp]) -> "Frame":
        """The frame of the given row numbers, in their order."""
        return Frame({name: self.column(name).take(rows) for name in self}, len(rows))
