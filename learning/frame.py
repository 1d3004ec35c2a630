"""Frames: typed columns in memory, with missing values marked; and tables, which may be larger than memory.

Encoders are fitted on frames and models predict from them, whether they come from a file or a request.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Generic, Literal, Protocol, Self, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from learning.column_format import ColumnFormat
from learning.errors import UnusableColumn
from learning.image_features import FeaturesColumn
from learning.spelling import cut_name, list_names, suggest_name

Scalar = TypeVar("Scalar", bound=np.generic)
ColumnType = Literal["numeric", "categorical", "boolean", "datetime", "text", "image"]


@dataclass(frozen=True)
class ValuesColumn(Generic[Scalar]):
    """A column of one value a row."""

    values: NDArray[Scalar]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.intp] | slice) -> Self:
        """The column with these rows, in their order; of a slice a view."""
        return replace(self, values=self.values[rows])

    def repeat(self, rows: int) -> Self:
        """The column of one row as one of many, which takes no more memory."""
        return replace(self, values=np.broadcast_to(self.values, rows))


class NumericColumn(ValuesColumn[np.float64]):
    """Numbers, float64 (rows,); NaN is missing."""

    def cell(self, row: int) -> float | None:
        """The value of a row; None if it is missing."""
        return none_if_nan(self.values[row])


@dataclass(frozen=True)
class BooleanColumn(ValuesColumn[np.int8]):
    """Booleans, int8 (rows,), 1 or 0; -1 is missing; `labels` are the names of false and true."""

    labels: tuple[str, str] = ("false", "true")

    def cell(self, row: int) -> bool | None:
        """The value of a row; None if it is missing."""
        return None if self.values[row] < 0 else bool(self.values[row])


class DatetimeColumn(ValuesColumn[np.float64]):
    """Points in time, float64 (rows,), seconds since 1970-01-01T00:00 UTC; NaN is missing."""

    def cell(self, row: int) -> float | None:
        """The value of a row; None if it is missing."""
        return none_if_nan(self.values[row])


class TextColumn(ValuesColumn[np.object_]):
    """Free text, an object array (rows,) of str; None is missing."""

    def cell(self, row: int) -> str | None:
        """The value of a row; None if it is missing."""
        return self.values[row]


@dataclass(frozen=True)
class CategoricalColumn:
    """Categories: `codes` int32 (rows,) are indices into `categories`; -1 is missing."""

    codes: NDArray[np.int32]
    categories: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def cell(self, row: int) -> str | None:
        """The category of a row; None if it is missing."""
        code = int(self.codes[row])
        return self.categories[code] if code >= 0 else None

    def take(self, rows: NDArray[np.intp] | slice) -> "CategoricalColumn":
        """The column with these rows, in their order; of a slice a view."""
        return CategoricalColumn(self.codes[rows], self.categories)

    def repeat(self, rows: int) -> "CategoricalColumn":
        """The column of one row as one of many, which takes no more memory."""
        return CategoricalColumn(np.broadcast_to(self.codes, rows), self.categories)


@dataclass(frozen=True)
class ImageColumn:
    """Pictures of one size: `pixels` uint8 (rows, channels, height, width), C-contiguous; all 0 where there is none.

    There is 1 channel of grey, or there are 3 of red, green and blue. `present` (rows,) says which rows have a picture.
    """

    pixels: NDArray[np.uint8]
    present: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.pixels.ndim != 4 or self.pixels.shape[1] not in {1, 3} or self.present.shape != self.pixels.shape[:1]:
            raise ValueError(f"pixels {self.pixels.shape} of rows {self.present.shape} are no pictures")

    def __len__(self) -> int:
        return len(self.pixels)

    def cell(self, row: int) -> None:
        """None: a picture is no value that a list of cells could show."""

    def take(self, rows: NDArray[np.intp] | slice) -> "ImageColumn":
        """The column with these rows, in their order; of a slice a view."""
        return ImageColumn(self.pixels[rows], self.present[rows])

    def repeat(self, rows: int) -> "ImageColumn":
        """The column of one row as one of many, which takes no more memory."""
        shape = rows, *self.pixels.shape[1:]
        return ImageColumn(np.broadcast_to(self.pixels, shape), np.broadcast_to(self.present, rows))


class Table(Protocol):
    """Named columns of equal length, in memory or not; iterating yields their names."""

    @property
    def rows(self) -> int:
        """The number of rows."""
        ...

    @property
    def formats(self) -> Mapping[str, ColumnFormat]:
        """The formats of those columns whose cells are not written plainly, by name."""
        ...

    def __iter__(self) -> Iterator[str]: ...

    def chunks(self, names: Sequence[str]) -> "Iterator[Frame]":
        """The named columns in chunks of rows, in order, with the same boundaries each time.

        Raises:
            UnusableColumn: if there is no such column.
        """
        ...


Column = NumericColumn | CategoricalColumn | BooleanColumn | DatetimeColumn | TextColumn | ImageColumn | FeaturesColumn


@dataclass(frozen=True)
class NumericBlock:
    """Numeric columns in one matrix, float64 (columns, rows), as fast to read as one column; NaN is missing."""

    names: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """Named columns of equal length.

    Attributes:
        columns: The columns by name, but for those in `numeric_block`.
        rows: The number of rows.
        numeric_block: Numeric columns in one matrix.
        formats: The formats of those columns whose cells are not written plainly, by name.

    Raises:
        ValueError: if the columns differ in length.
    """

    columns: Mapping[str, Column]
    rows: int
    numeric_block: NumericBlock | None = None
    formats: Mapping[str, ColumnFormat] = field(default_factory=dict[str, ColumnFormat])

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != self.rows:
                raise ValueError(f"column {name!r} has {len(column)} rows, the frame has {self.rows}")
        block = self.numeric_block
        if block is not None and block.values.shape != (len(block.names), self.rows):
            raise ValueError(f"the numeric block is {block.values.shape}, the frame has {self.rows} rows")

    def __iter__(self) -> Iterator[str]:
        return chain(self.numeric_block.names if self.numeric_block else (), self.columns)

    def __getitem__(self, name: str) -> Column:
        return self.column(name)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            UnusableColumn: if there is none.
        """
        if name in self.columns:
            return self.columns[name]
        if self.numeric_block and name in self._places_in_block:
            return NumericColumn(self.numeric_block.values[self._places_in_block[name]])
        raise create_unknown_column_error(name, list(self))

    @cached_property
    def _places_in_block(self) -> dict[str, int]:
        names = self.numeric_block.names if self.numeric_block else ()
        return {name: place for place, name in enumerate(names)}

    def chunks(self, names: Sequence[str]) -> "Iterator[Frame]":
        """The named columns, as one chunk."""
        yield Frame({name: self.column(name) for name in names}, self.rows)

    def take(self, rows: NDArray[np.intp]) -> "Frame":
        """The frame with these rows, in their order."""
        return Frame({name: self.column(name).take(rows) for name in self}, len(rows))

    def slice(self, start: int, stop: int) -> "Frame":
        """The frame of the rows from `start` to before `stop`, as views."""
        rows, block = slice(start, stop), self.numeric_block
        part = None if block is None else NumericBlock(block.names, block.values[:, rows])
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        return Frame(columns, min(stop, self.rows) - start, part)


def none_if_nan(value: np.float64) -> float | None:
    """The number as Python's own; None for NaN."""
    return None if np.isnan(value) else float(value)


def create_unknown_column_error(name: str, known: Collection[str]) -> UnusableColumn:
    """The error that there is no column of that name among the known ones."""
    suggestion = suggest_name(name, known)
    return UnusableColumn(
        f"There is no column '{cut_name(name)}'.",
        f"Did you mean '{cut_name(suggestion)}'?" if suggestion else f"The columns are: {list_names(known)}.",
    )


def count_pixels(frame: Frame) -> int:
    """Return the bytes that the pictures of a row take."""
    images = [column for column in frame.columns.values() if isinstance(column, ImageColumn)]
    return sum(math.prod(column.pixels.shape[1:]) for column in images)


def concat_frames(frames: Sequence[Frame]) -> Frame:
    """Frames with the same columns concatenated by rows; categories are sorted."""
    blocks = [frame.numeric_block for frame in frames if frame.numeric_block is not None]
    block = None
    if len(blocks) == len(frames) and len({part.names for part in blocks}) == 1:
        block = NumericBlock(blocks[0].names, np.concatenate([part.values for part in blocks], axis=1))
    names = frames[0] if block is None else frames[0].columns
    columns = {name: _concat_columns([frame[name] for frame in frames]) for name in names}
    return Frame(columns, sum(frame.rows for frame in frames), block)


def _concat_columns(parts: Sequence[Column]) -> Column:
    first = parts[0]
    if isinstance(first, ImageColumn):
        pictures = [cast("ImageColumn", part) for part in parts]
        pixels, present = [part.pixels for part in pictures], [part.present for part in pictures]
        return ImageColumn(np.concatenate(pixels), np.concatenate(present))
    if isinstance(first, FeaturesColumn):
        made = [cast("FeaturesColumn", part) for part in parts]
        values, present = [part.values for part in made], [part.present for part in made]
        return FeaturesColumn(np.concatenate(values), np.concatenate(present), first.net)
    if not isinstance(first, CategoricalColumn):
        return replace(first, values=np.concatenate([cast("NumericColumn", part).values for part in parts]))
    columns = [cast("CategoricalColumn", part) for part in parts]
    categories = sorted({category for part in columns for category in part.categories})
    index = {category: code for code, category in enumerate(categories)}
    codes = [np.array([*map(index.__getitem__, part.categories), -1], np.int32)[part.codes] for part in columns]
    return CategoricalColumn(np.concatenate(codes), tuple(categories))
