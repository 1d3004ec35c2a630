"""A frame: the columns of a dataset in memory, typed, with missing values marked; and tables, which may be larger.

Encoders learn from frames and models predict from them; where a frame came from (a file, a request) nobody here knows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from learning.errors import UnusableColumn
from learning.spelling import suggest_name

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


class Table(Protocol):
    """Named columns of equal length, in memory or not. Iterating gives their names."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    def __iter__(self) -> Iterator[str]: ...

    def chunks(self, names: Sequence[str]) -> "Iterator[Frame]":
        """The named columns, some rows at a time: all rows in their order, cut at the same places each time.

        Raises:
            UnusableColumn: if there is no such column.
        """
        ...


Column = NumericColumn | CategoricalColumn | BooleanColumn | DatetimeColumn | TextColumn


@dataclass(frozen=True)
class NumericBlock:
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
    numeric_block: NumericBlock | None = None

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != self.rows:
                raise ValueError(f"column {name!r} has {len(column)} rows, the frame has {self.rows}")
        if self.numeric_block is not None and self.numeric_block.values.shape != (
            len(self.numeric_block.names),
            self.rows,
        ):
            raise ValueError(f"the numbers are {self.numeric_block.values.shape}, the frame has {self.rows} rows")

    def __iter__(self) -> Iterator[str]:
        return chain(self.numeric_block.names if self.numeric_block else (), self.columns)

    def __getitem__(self, name: str) -> Column:
        return self.column(name)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            UnusableColumn: if there is none.
        """
        column = self.columns.get(name)
        if column is None and self.numeric_block is not None:
            column = self.numeric_block.find(name)
        if column is None:
            raise create_unknown_column_error(name, list(self))
        return column

    def chunks(self, names: Sequence[str]) -> "Iterator[Frame]":
        """The named columns, as one piece."""
        yield Frame({name: self.column(name) for name in names}, self.rows)

    def take(self, rows: NDArray[np.intp]) -> "Frame":
        """The frame of the given row numbers, in their order."""
        return Frame({name: self.column(name).take(rows) for name in self}, len(rows))


def create_unknown_column_error(name: str, known: Iterable[str]) -> UnusableColumn:
    """The error that there is no column of that name among the known ones."""
    suggestion = suggest_name(name, known)
    return UnusableColumn(
        f"There is no column '{name}'.",
        f"Did you mean '{suggestion}'?" if suggestion else f"The columns are: {', '.join(known)}.",
    )


def concat_frames(frames: Sequence[Frame]) -> Frame:
    """One or more frames with the same columns, below each other; categories are in the order of the alphabet."""
    together = [frame.numeric_block for frame in frames if frame.numeric_block is not None]
    numbers = None
    if len(together) == len(frames) and len({part.names for part in together}) == 1:
        numbers = NumericBlock(together[0].names, np.concatenate([part.values for part in together], axis=1))
    names = frames[0] if numbers is None else frames[0].columns
    columns = {name: _concat_columns([frame[name] for frame in frames]) for name in names}
    return Frame(columns, sum(frame.rows for frame in frames), numbers)


def _concat_columns(parts: Sequence[Column]) -> Column:
    first = parts[0]
    if not isinstance(first, CategoricalColumn):
        return replace(first, values=np.concatenate([cast("NumericColumn", part).values for part in parts]))
    alike = [cast("CategoricalColumn", part) for part in parts]
    words = sorted({word for part in alike for word in part.categories})
    place = {word: code for code, word in enumerate(words)}
    codes = [np.array([*(place[word] for word in part.categories), -1], np.int32)[part.codes] for part in alike]
    return CategoricalColumn(np.concatenate(codes), tuple(words))
