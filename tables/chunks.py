"""Blocks of rows on their way from an upload to a typed table, each column kept as numbers wherever that loses nothing.

Types are decided over the whole file, yet the whole file as text would not fit in memory: so a column becomes numbers
block by block if they are its plain reading, and the few cells in which it is none are put aside as `odd`.
"""

from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Final, cast

import numpy as np
import polars as pl

from tables.errors import UnreadableFile
from tables.types.numbers import LEADING_ZERO
from tables.types.parse import VALUE
from tables.types.tokens import is_missing

LINE: Final = "line"
ROW: Final = "row"

MAX_EXACT_INTEGER: Final = 2**53
"""Up to here a float64 holds every integer."""

MAX_MEMORY_BYTES: Final = 256 << 20
"""How many bytes of blocks are kept in memory; later ones wait on the disk."""

MAX_ROWS: Final = 100_000_000
MAX_CELLS: Final = 2**31
"""A table may have so many; small hostile files unfold into more."""

MIN_CELLS_PER_MISFIT: Final = 10
"""A block's column is kept as numbers if at most one in so many cells is none."""

_SAMPLE_ROWS: Final = 100


def column_key(index: int) -> str:
    """What the column at an index is called within blocks, where no name from a file can clash with ours."""
    return str(index)


@dataclass
class NumberStats:
    """What a column's blocks of numbers hold: how many of them, and whether all are whole."""

    count: int = 0
    all_integers: bool = True


@dataclass
class Chunks:
    """All blocks of one upload, and the odd cells among their numbers.

    Attributes:
        beside: The path of the file that they will become; blocks too many for the memory wait next to it.
        as_text: Keys of columns that keep their spelling; those join that a block shows to be words.
        schemas: What the columns of each block are kept as.
        odd: ROW, LINE and VALUE of cells in a number column that are neither plainly numbers nor missing, by its key.
        seen: What was found in number columns, by key.
    """

    path: Path
    as_text: set[str]
    schemas: list[pl.Schema] = field(default_factory=list[pl.Schema])
    misfits: dict[str, list[pl.DataFrame]] = field(default_factory=dict[str, list[pl.DataFrame]])
    number_stats: dict[str, NumberStats] = field(default_factory=dict[str, NumberStats])
    rows: int = 0
    _chunks: list[pl.DataFrame | Path] = field(default_factory=list[pl.DataFrame | Path])
    _bytes: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in a block: columns by key, with LINE and ROW; they are settled, and kept in memory or on the disk.

        Raises:
            UnreadableFile: too-large.
        """
        frame = self._parse_columns(frame)
        self.rows += frame.height
        if self.rows > MAX_ROWS or self.rows * frame.width > MAX_CELLS:
            limit = f"The table has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells."
            raise UnreadableFile("too-large", limit, "Upload a part of it.")
        self.schemas.append(frame.schema)
        self._bytes += int(frame.estimated_size())
        if self._bytes <= MAX_MEMORY_BYTES:
            self._chunks.append(frame)
        else:
            path = self.path.with_name(f".{self.path.name.lstrip('.')}.{len(self._chunks)}.part")
            self._chunks.append(path)
            frame.write_ipc(path, compression="lz4")

    def close(self) -> None:
        """Delete what waits on the disk."""
        for held in self._chunks:
            if isinstance(held, Path):
                held.unlink(missing_ok=True)

    def lazy_frames(self) -> list[pl.LazyFrame]:
        """The blocks in their order."""
        return [_scan_chunk(held) for held in self._chunks]

    def text_cells(self, key: str) -> list[pl.DataFrame]:
        """ROW, LINE and VALUE of a column's cells that are text or can be it again, those odd among numbers too."""
        cells = (pl.col(ROW), pl.col(LINE), pl.col(key).cast(pl.String).alias(VALUE))
        textual = [
            held.select(cells)
            if isinstance(held, pl.DataFrame)
            else pl.scan_ipc(held, glob=False).select(cells).collect()
            for held, schema in zip(self._chunks, self.schemas, strict=True)
            if schema.get(key) in {pl.String(), pl.Boolean()}
        ]
        return textual + self.misfits.get(key, [])

    def _parse_columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The block with each column as numbers, or as text without blanks around it."""
        places = frame.select(ROW, LINE)
        columns = [column for column in frame.iter_columns() if column.name not in {LINE, ROW}]
        trying = [c.name for c in columns if c.dtype == pl.String and c.name not in self.as_text]
        tried = frame.select(pl.col(trying).cast(pl.Float64, strict=False))
        whole = [c.name for c in tried.iter_columns() if c.null_count() == frame[c.name].null_count()]
        plain = self._find_lossless(tried.select(whole), frame)
        settled = [tried[key] for key in plain]
        for column in columns:
            if column.name in plain:
                continue
            if column.dtype.is_numeric():
                settled.append(self._parse_numbers(column, places))
            elif column.dtype == pl.String or column.name in self.as_text:
                settled.append(self._parse_text(column.cast(pl.String), places))
        return frame.with_columns(settled)

    def _parse_text(self, text: pl.Series, places: pl.DataFrame) -> pl.Series:
        """The column as numbers, its odd cells put aside, if these are few; else as text."""
        if text.name in self.as_text:
            return strip_blanks(text)
        numbers = null_infinite(text.cast(pl.Float64, strict=False))
        odd = numbers.is_null() & text.is_not_null()
        cells = strip_blanks(text.filter(odd))
        if null_infinite(cells.cast(pl.Float64, strict=False)).null_count() < len(cells):
            text = strip_blanks(text)
            numbers = null_infinite(text.cast(pl.Float64, strict=False))
            odd = numbers.is_null() & text.is_not_null()
            cells = text.filter(odd)
        real = ~is_missing(cells).fill_null(value=True)
        found, faults = len(numbers) - numbers.null_count(), int(real.sum())
        if faults and not found:
            self.as_text.add(text.name)
        if found < (MIN_CELLS_PER_MISFIT - 1) * faults or not self._find_lossless(numbers.to_frame(), text.to_frame()):
            return strip_blanks(text)
        self._add_misfits(cells.filter(real), places.filter(odd).filter(real))
        return numbers

    def _parse_numbers(self, column: pl.Series, places: pl.DataFrame) -> pl.Series:
        """A column that comes as numbers, as float64; as text where it must keep its spelling."""
        numbers = column.cast(pl.Float64)
        kept = null_infinite(numbers)
        exact = not column.dtype.is_integer() or not (kept.abs() > MAX_EXACT_INTEGER).any()
        if column.name in self.as_text or not exact:
            return column.cast(pl.String)
        if kept.null_count() > numbers.null_count():
            infinite = numbers.is_infinite().fill_null(value=False)
            self._add_misfits(numbers.filter(infinite).cast(pl.String), places.filter(infinite))
        self._count_numbers(column.name, len(kept) - kept.null_count(), integers=are_all_integers(kept))
        return kept

    def _find_lossless(self, numbers: pl.DataFrame, texts: pl.DataFrame) -> set[str]:
        """The columns whose numbers can stand for their text: all finite and exact, none an id like 007."""
        harmless = set[str]()
        for column, total, low, high in zip(
            numbers.iter_columns(),
            _read_only_row(numbers.sum()),
            _read_only_row(numbers.min()),
            _read_only_row(numbers.max()),
            strict=True,
        ):
            if not (isfinite(total) and low >= -MAX_EXACT_INTEGER and high <= MAX_EXACT_INTEGER):
                continue
            integers = are_all_integers(column)
            if integers and texts[column.name].str.contains(LEADING_ZERO).any():
                continue
            self._count_numbers(column.name, len(column) - column.null_count(), integers=integers)
            harmless.add(column.name)
        return harmless

    def _count_numbers(self, key: str, numbers: int, *, integers: bool) -> None:
        seen = self.number_stats.setdefault(key, NumberStats())
        seen.count += numbers
        seen.all_integers = seen.all_integers and integers

    def _add_misfits(self, cells: pl.Series, places: pl.DataFrame) -> None:
        if len(cells):
            self.misfits.setdefault(cells.name, []).append(places.with_columns(cells.alias(VALUE)))


def strip_blanks(text: pl.Series) -> pl.Series:
    """Text without blanks around it; null where nothing is left."""
    bare = text.str.strip_chars()
    return bare.set(bare == "", None)


def are_all_integers(numbers: pl.Series) -> bool:
    """Whether all numbers are integers; mostly the first ones tell."""
    present = (numbers.drop_nulls() if numbers.null_count() else numbers).to_numpy()
    return all((part == np.floor(part)).all() for part in (present[:_SAMPLE_ROWS], present))


def null_infinite(numbers: pl.Series) -> pl.Series:
    """Numbers with null where they are infinite or none."""
    bounded = numbers.is_finite()
    return numbers if bounded.all() else numbers.set(~bounded, None)


def _scan_chunk(held: pl.DataFrame | Path) -> pl.LazyFrame:
    return held.lazy() if isinstance(held, pl.DataFrame) else pl.scan_ipc(held, glob=False)


def _read_only_row(frame: pl.DataFrame) -> list[float]:
    """The single row of a frame of numbers, 0 where there was none to take."""
    return [0.0 if number is None else cast("float", number) for number in frame.row(0)] if frame.width else []
