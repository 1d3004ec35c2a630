"""Chunks of rows between an uploaded file and its typed table, each column as float64 wherever that loses nothing.

Types are decided over the whole file, whose text may not fit in memory. So a chunk's column becomes numbers at once if
nearly all its cells are plain numbers; the few others are stored apart, as its misfits.
"""

import glob
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat
from tables.issues import UnreadableFile
from tables.types.missing import MAX_PYTHON_TEXTS, is_marker, missing_markers, missing_numbers
from tables.types.numbers import LEADING_ZERO, MAYBE_GROUPED, scan_point_groups
from tables.types.parse import VALUE, PlainNumbers, PointGroups, find_nulls
from tables.types.words import normalize_words

LINE: Final = "line"
ROW: Final = "row"

MAX_EXACT_INTEGER: Final = 2**53
"""Up to here a float64 holds every integer."""

MAX_MEMORY_BYTES: Final = 256 << 20
"""Bytes of chunks kept in memory; later chunks are written to the disk."""

MAX_ROWS: Final = 100_000_000
MAX_CELLS: Final = 2**31
"""The largest table; small hostile files may expand to more."""

MIN_CELLS_PER_MISFIT: Final = 10
"""A chunk's column is kept as numbers if at most one in this many cells is a misfit."""

_SAMPLE_ROWS: Final = 100
_MIN_GROUPED: Final = 1000
"""Numbers from here on have a separator of thousands, where there is one."""
_ASCII_BLANKS: Final = " \t\n\r\x0b\x0c"
_NO_GROUPS: Final = PointGroups(are_possible=False)
_CHUNK_SUFFIX: Final = ".part"


def column_key(index: int) -> str:
    """The name within chunks of the column at an index; names from a file could clash with LINE and ROW."""
    return str(index)


def delete_chunks(path: Path) -> None:
    """Delete the chunks that a process left on the disk, which ended while it read a table into a file at a path."""
    for chunk in path.parent.glob(f"{glob.escape(_chunk_prefix(path))}*{_CHUNK_SUFFIX}"):
        chunk.unlink(missing_ok=True)


def _chunk_prefix(path: Path) -> str:
    return f".{path.name.lstrip('.')}."


@dataclass
class Chunks:
    """All chunks of one upload, and the misfits among their numbers.

    Attributes:
        path: The file that they will become; chunks too many for the memory are written next to it.
        as_text: Keys of columns that keep their spelling; those join that a chunk shows to be words.
        format: The format with the markers of missing values that the owner named, if any; `keep_blanks` of texts.
        size: The bytes of all chunks in memory.
        misfits: ROW, LINE and VALUE of cells in a number column that are neither plain numbers nor missing, by key.
    """

    path: Path
    as_text: set[str]
    format: ColumnFormat = PLAIN_FORMAT
    schemas: list[pl.Schema] = field(default_factory=list[pl.Schema])
    misfits: dict[str, list[pl.DataFrame]] = field(default_factory=dict[str, list[pl.DataFrame]])
    plain: dict[str, PlainNumbers] = field(default_factory=dict[str, PlainNumbers])
    rows: int = 0
    size: int = 0
    keep_blanks: bool = False
    _chunks: list[pl.DataFrame | Path] = field(default_factory=list[pl.DataFrame | Path])
    _keys: set[str] = field(default_factory=set[str])

    def add(self, frame: pl.DataFrame) -> None:
        """Add a chunk: columns by key, with LINE and ROW; parsed, and kept in memory or on the disk.

        Raises:
            UnreadableFile: too-large.
        """
        frame = self._parse_columns(frame)
        self.rows += frame.height
        self._keys.update(frame.columns)
        if self.rows > MAX_ROWS or self.rows * len(self._keys) > MAX_CELLS:
            limit = f"The table has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells."
            raise UnreadableFile("too-large", limit, "Upload a part of it.")
        self.schemas.append(frame.schema)
        self.size += int(frame.estimated_size())
        if self.size <= MAX_MEMORY_BYTES:
            self._chunks.append(frame)
        else:
            path = self.path.with_name(f"{_chunk_prefix(self.path)}{len(self._chunks)}{_CHUNK_SUFFIX}")
            self._chunks.append(path)
            frame.write_ipc(path, compression="lz4")

    def close(self) -> None:
        """Delete the chunks."""
        while self._chunks:
            if isinstance(chunk := self._chunks.pop(), Path):
                chunk.unlink(missing_ok=True)

    def lazy_frames(self) -> list[pl.LazyFrame]:
        """The chunks in their order."""
        return [
            chunk.lazy() if isinstance(chunk, pl.DataFrame) else pl.scan_ipc(chunk, glob=False)
            for chunk in self._chunks
        ]

    def is_empty(self, key: str) -> bool:
        """Whether no cell of a column has a value."""
        plain = self.plain_numbers(key)
        return not (plain.count or plain.markers) and all(
            cells[VALUE].null_count() == cells.height for cells in self.text_cells(key)
        )

    def plain_numbers(self, key: str) -> PlainNumbers:
        """What is known of the plain numbers of a column."""
        return self.plain.get(key) or PlainNumbers()

    def text_cells(self, key: str) -> list[pl.DataFrame]:
        """ROW, LINE and VALUE of a column's cells that are text or booleans, and of its misfits."""
        textual = [
            _select_cells(chunk, key)
            for chunk, schema in zip(self._chunks, self.schemas, strict=True)
            if schema.get(key) in {pl.String(), pl.Boolean()}
        ]
        return textual + self.misfits.get(key, [])

    def _parse_columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The chunk with each column as numbers, or as text without blanks around it."""
        frame = self._empty_missing_numbers(frame)
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
            elif column.dtype == pl.String or (column.name in self.as_text and not column.dtype.is_nested()):
                settled.append(self._parse_text(column.cast(pl.String), places))
        return frame.with_columns(settled)

    def _parse_text(self, text: pl.Series, places: pl.DataFrame) -> pl.Series:
        """A text column as numbers if its misfits are few, which are stored apart; else as text."""
        if text.name in self.as_text:
            return text if self.keep_blanks else strip_blanks(text)
        numbers = null_infinite(text.cast(pl.Float64, strict=False))
        odd = find_nulls(numbers) & ~find_nulls(text)
        cells = strip_blanks(text.filter(odd))
        if null_infinite(cells.cast(pl.Float64, strict=False)).null_count() < len(cells):
            text = strip_blanks(text)
            numbers = null_infinite(text.cast(pl.Float64, strict=False))
            odd = find_nulls(numbers) & ~find_nulls(text)
            cells = text.filter(odd)
        missing = is_marker(cells, missing_markers("numeric", self.format)) | find_nulls(cells)
        good, faults = len(numbers) - numbers.null_count(), int((~missing).sum())
        if not good and len(cells):
            if faults:
                self.as_text.add(text.name)
            return strip_blanks(text)
        present = text.set(odd, None) if len(cells) else text
        if good < (MIN_CELLS_PER_MISFIT - 1) * faults or not self._find_lossless(
            numbers.to_frame(), present.to_frame()
        ):
            return strip_blanks(text)
        self._count_markers(cells.filter(missing).drop_nulls())
        self._add_misfits(cells.filter(~missing), places.filter(odd).filter(~missing))
        return numbers

    def _parse_numbers(self, column: pl.Series, places: pl.DataFrame) -> pl.Series:
        """A column that comes as numbers, as float64; as text where it must keep its spelling."""
        numbers = column.cast(pl.Float64)
        kept = null_infinite(numbers)
        if column.name in self.as_text or (column.dtype.is_integer() and (kept.abs() >= MAX_EXACT_INTEGER).any()):
            return column.cast(pl.String)
        if kept.null_count() > numbers.null_count():
            infinite = numbers.is_infinite().fill_null(value=False)
            self._add_misfits(numbers.filter(infinite).cast(pl.String), places.filter(infinite))
        self._count_numbers(kept, (kept.min(), kept.max()), are_all_integers(kept), _NO_GROUPS)
        return kept

    def _empty_missing_numbers(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The chunk without the numbers that the owner named as missing."""
        missing = missing_numbers(self.format.missing_values)
        if not missing:
            return frame
        emptied: list[pl.Series] = []
        for column in frame.iter_columns():
            if column.name not in {LINE, ROW} and (column.dtype == pl.String or column.dtype.is_numeric()):
                text = strip_blanks(column) if column.dtype == pl.String else column
                is_missing = text.cast(pl.Float64, strict=False).is_in(list(missing)).fill_null(value=False)
                if is_missing.any():
                    self._count_markers(text.filter(is_missing).cast(pl.String))
                    emptied.append(text.set(is_missing, None))
        return frame.with_columns(emptied)

    def _find_lossless(self, numbers: pl.DataFrame, texts: pl.DataFrame) -> set[str]:
        """The columns whose numbers lose nothing of their text: all finite and exact, none an id such as 007."""
        exact: dict[str, tuple[bool, bool, tuple[float, float]]] = {}
        for column, total, low, high in zip(
            numbers.iter_columns(),
            _read_only_row(numbers.sum()),
            _read_only_row(numbers.min()),
            _read_only_row(numbers.max()),
            strict=True,
        ):
            if not (isfinite(total) and low > -MAX_EXACT_INTEGER and high < MAX_EXACT_INTEGER):
                continue
            is_small = low > -_MIN_GROUPED and high < _MIN_GROUPED
            exact[column.name] = are_all_integers(column), is_small, (low, high)
        # all columns in one query, since there may be thousands
        zeros = texts.select(
            pl.col([key for key, (integers, _, _) in exact.items() if integers]).str.contains(LEADING_ZERO)
        )
        ids = {column.name for column in zeros.iter_columns() if column.any()}
        small = [key for key, (integers, is_small, _) in exact.items() if integers and is_small and key not in ids]
        points = texts.select(pl.col(small).str.contains(".", literal=True).any())
        for key in exact.keys() - ids:
            integers, is_small, span = exact[key]
            if integers and is_small and not points[key][0]:
                groups = PointGroups(has_bare=True)
            else:
                groups = _scan_groups(texts[key]) if is_small else _NO_GROUPS
            self._count_numbers(numbers[key], span, integers, groups)
        return exact.keys() - ids

    def _count_numbers(self, numbers: pl.Series, span: tuple[Any, Any], integers: bool, groups: PointGroups) -> None:
        """Count numbers of a column, given the least and the greatest of them."""
        if numbers.null_count() < len(numbers):
            seen = self.plain.setdefault(numbers.name, PlainNumbers())
            seen.count += len(numbers) - numbers.null_count()
            seen.low, seen.high = min(seen.low, span[0]), max(seen.high, span[1])
            seen.all_integers = seen.all_integers and integers
            seen.groups = seen.groups.join(groups)

    def _count_markers(self, cells: pl.Series) -> None:
        if len(cells):
            counts = cells.alias(VALUE).value_counts(name="count")
            self.plain.setdefault(cells.name, PlainNumbers()).markers.update(dict(counts.iter_rows()))

    def _add_misfits(self, cells: pl.Series, places: pl.DataFrame) -> None:
        if len(cells):
            self.misfits.setdefault(cells.name, []).append(places.with_columns(cells.alias(VALUE)))


def _select_cells(chunk: pl.DataFrame | Path, key: str) -> pl.DataFrame:
    """ROW, LINE and VALUE, as text, of a column; a query of a chunk in memory would cost as much as it has columns."""
    if isinstance(chunk, Path):
        chunk = pl.scan_ipc(chunk, glob=False).select(ROW, LINE, key).collect()
    return pl.DataFrame([chunk[ROW], chunk[LINE], chunk[key].cast(pl.String).alias(VALUE)])


def _scan_groups(texts: pl.Series) -> PointGroups:
    """Whether the points of small numbers may separate thousands; the first text mostly decides."""
    first = texts[0] if len(texts) else None
    if first is not None and not MAYBE_GROUPED.match(first):
        return _NO_GROUPS
    return scan_point_groups(texts.drop_nulls())


def strip_blanks(text: pl.Series) -> pl.Series:
    """Text in one Unicode form and without blanks around it; null where it is empty."""
    if len(text) <= MAX_PYTHON_TEXTS and all(cell is None or cell.isascii() for cell in text.to_list()):
        return pl.Series(text.name, [(cell or "").strip(_ASCII_BLANKS) or None for cell in text.to_list()], pl.String)
    bare = normalize_words(text).str.strip_chars()
    return bare.set(bare == "", None)


def are_all_integers(numbers: pl.Series) -> bool:
    """Whether all numbers are integers; the first ones are checked first, as they mostly decide."""
    present = (numbers.drop_nulls() if numbers.null_count() else numbers).to_numpy()
    return all((part == np.floor(part)).all() for part in (present[:_SAMPLE_ROWS], present))


def null_infinite(numbers: pl.Series) -> pl.Series:
    """Numbers, with null for infinity and NaN."""
    if isfinite(float(numbers.sum())):
        return numbers
    bounded = numbers.is_finite()
    return numbers if bounded.all() else numbers.set(~bounded, None)


def _read_only_row(frame: pl.DataFrame) -> list[float]:
    """The only row of a frame of numbers, 0 for null."""
    return [0.0 if number is None else cast("float", number) for number in frame.row(0)] if frame.width else []
