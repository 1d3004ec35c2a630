"""A frame: the columns of a dataset in memory, typed, with missing values marked.

Encoders learn from frames and models predict from them; where a frame came from (a file, a request) nobody here knows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
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
class Frame:
    """Named columns of equal length.

    Raises:
        ValueError: if the columns differ in length.
    """

    columns: Mapping[str, Column]
    rows: int

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != self.rows:
                raise ValueError(f"column {name!r} has {len(column)} rows, the frame has {self.rows}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            UnusableColumn: if there is none.
        """
        column = self.columns.get(name)
        if column is None:
            nearest = get_close_matches(name, self.columns, n=1)
            raise UnusableColumn(
                f"There is no column '{name}'.",
                f"Did you mean '{nearest[0]}'?" if nearest else f"The columns are: {', '.join(self.columns)}.",
            )
        return column

    def take(self, rows: NDArray[np.intp]) -> "Frame":
        """The frame of the given row numbers, in their order."""
        return Frame({name: column.take(rows) for name, column in self.columns.items()}, len(rows))
