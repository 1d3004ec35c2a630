"""Reads ingested datasets from Parquet: as a frame, in pieces for tables larger than memory, or as rows of JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import polars as pl
import polars.selectors as cs

from learning.column_format import ColumnFormat
from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DatetimeColumn,
    Frame,
    NumericColumn,
    Table,
    TextColumn,
    create_unknown_column_error,
)
from tables.column_types import LINE_COLUMN, row_group_size
from tables.images.pixels import ImageReader
from tables.profile import file_column, format_datetime, is_file_column
from tables.types.dates import to_seconds

MAX_FRAME_CELLS: Final = 2**24
MAX_FRAME_BYTES: Final = 2**27
"""A table of more cells, or of more bytes as Parquet, is read in pieces. How much memory there is makes no difference:
training gives the same bits on every machine."""


MAX_IMAGES_AT_ONCE: Final = 2**10
MAX_IMAGE_CELLS_AT_ONCE: Final = 2**23
"""The most pictures in a piece of a table that is read in pieces, and cells that take as much memory."""

MAX_SAMPLED_CELLS: Final = 2**22
SAMPLE_RUNS: Final = 32
"""A sample of a table of more cells is that many runs of neighbouring rows."""

MAX_SAMPLED_CHARACTERS: Final = 2**26
"""The most characters of texts in a sample, by their mean length: of long texts it has fewer rows."""

MAX_PAGE_CELLS: Final = 2**17
MAX_PAGE_BYTES: Final = 2**23
"""The most cells, and bytes of text, that are read as JSON values at once."""


@dataclass(frozen=True)
class ParquetTable:
    """A dataset that is read piece by piece, a row group at a time, and `check` called before each.

    `types` are those of its columns, by name; `formats` tell how their cells were written, where not plainly;
    `images` how pictures are read.
    """

    parquet: Path
    types: Mapping[str, str]
    formats: Mapping[str, ColumnFormat]
    rows: int
    check: Callable[[], None]
    images: Mapping[str, ImageReader] = field(default_factory=dict[str, ImageReader])

    def __iter__(self) -> Iterator[str]:
        return iter(self.types)

    def chunks(self, names: Sequence[str]) -> Iterator[Frame]:
        """The named columns, some rows at a time.

        Raises:
            UnusableColumn: there is no such column.
        """
        for name in names:
            if name not in self.types:
                raise create_unknown_column_error(name, self.types)
        table = pl.scan_parquet(self.parquet, glob=False)
        size = row_group_size(len(self.types))
        if self.images:
            cells = sum(reader.cells for reader in self.images.values())
            size = min(MAX_IMAGES_AT_ONCE, max(1, MAX_IMAGE_CELLS_AT_ONCE // max(cells, 1)))
        for start in range(0, self.rows, size):
            self.check()
            part = table.select(cs.by_name(names)).slice(start, size).collect()
            yield _make_frame(part, {name: self.types[name] for name in names}, self.formats, self.images, start)


def load_table(
    parquet: Path,
    columns: Sequence[str] | None,
    profile: Sequence[Mapping[str, object]],
    check: Callable[[], None] = lambda: None,
    images: Mapping[str, ImageReader] = {},
) -> Table:
    """As `load_frame`, but a large table is read piece by piece: its file must stay, and `check` is called before each.

    Raises:
        KeyError: a column is not in the profile.
    """
    types = _column_types(columns, profile)
    cells = len(types) + sum(reader.cells for reader in images.values())
    rows = pl.scan_parquet(parquet, glob=False).select(pl.len()).collect().item()
    if rows * cells <= MAX_FRAME_CELLS and parquet.stat().st_size <= MAX_FRAME_BYTES:
        return load_frame(parquet, columns, profile, images=images)
    return ParquetTable(parquet, types, read_formats(profile), rows, check, images)


def load_frame(
    parquet: Path,
    columns: Sequence[str] | None,
    profile: Sequence[Mapping[str, object]],
    max_rows: int | None = None,
    images: Mapping[str, ImageReader] = {},
    *,
    first_row: int = 0,
) -> Frame:
    """The named columns, or all, of a file that `ingest` wrote, in memory; at most `max_rows` from `first_row` on.

    `profile` has the `name`, `type` and `format` of each column of the dataset, `images` how those of images are
    read.

    Raises:
        KeyError: a column is not in the profile, or is one of images without a reader.
    """
    types = _column_types(columns, profile)
    # names such as * and ^a$ are patterns wherever polars takes strings
    table = pl.scan_parquet(parquet, glob=False).select(cs.by_name(list(types))).slice(first_row, max_rows).collect()
    return _make_frame(table, types, read_formats(profile), images, first_row)


def load_sample(parquet: Path, columns: Sequence[str], profile: Sequence[Mapping[str, object]], max_rows: int) -> Frame:
    """The named columns of at most `max_rows` rows that are spread evenly over the table; none of images.

    Of a large table, or one of long texts, only runs of neighbouring rows are read, at places that are spread evenly.
    """
    types = _column_types(columns, profile)
    table = pl.scan_parquet(parquet, glob=False).select(cs.by_name(list(types)))
    rows: int = pl.scan_parquet(parquet, glob=False).select(pl.len()).collect().item()
    characters = _count_characters(types, profile)
    if rows * len(types) <= MAX_SAMPLED_CELLS and characters <= MAX_SAMPLED_CHARACTERS:
        sample = table.collect().gather_every(max(1, -(-rows // max_rows)))
    else:
        fitting = MAX_SAMPLED_CHARACTERS * rows // max(characters, 1)
        size = max(1, min(max_rows, rows, fitting) // SAMPLE_RUNS)
        places = dict.fromkeys((rows - size) * run // (SAMPLE_RUNS - 1) for run in range(SAMPLE_RUNS))
        runs = [table.slice(place, size).collect() for place in places]
        sample = pl.concat([run.head(_count_fitting(run)) for run in runs])
    return _make_frame(sample, types, read_formats(profile), {})


def read_rows(parquet: Path, after: int, limit: int) -> list[dict[str, object]]:
    """Rows of a dataset as JSON values, from the one after the first `after`; missing cells are None.

    Whole numbers are integers, moments are RFC 3339, images are the names of their files. Of rows that are wide or
    have long texts there are fewer than `limit`, at least one.
    """
    table = pl.scan_parquet(parquet, glob=False)
    columns = _select_readable(table.collect_schema())
    rows = min(limit, max(1, MAX_PAGE_CELLS // len(columns)))
    page = table.slice(after, rows).select(columns).collect()
    return _json_rows(page.head(_count_fitting(page)))


def count_rows_before(parquet: Path, line: int) -> int:
    """The number of rows that begin before a line of the upload; 0 if their lines are not known."""
    lines = cs.by_name(LINE_COLUMN).as_expr()
    return pl.scan_parquet(parquet, glob=False).select((lines < line).sum()).collect().item()


def read_rows_at(parquet: Path, numbers: Iterable[int]) -> dict[int, tuple[int | None, dict[str, object]]]:
    """Rows of a dataset by their numbers from 0: the line of the upload where each begins, and the row as JSON values.

    Only row groups with such rows are read, one at a time.
    """
    table = pl.scan_parquet(parquet, glob=False)
    schema = table.collect_schema()
    columns = _select_readable(schema)
    size = row_group_size(len(columns), pl.Binary() in schema.values())
    rows_by_number: dict[int, tuple[int | None, dict[str, object]]] = {}
    for group, numbers_in_group in groupby(sorted(set(numbers)), lambda number: number // size):
        chosen = list(numbers_in_group)
        part = (
            table.slice(group * size, size)
            .select(*columns, cs.by_name(LINE_COLUMN))
            .collect()[[number - group * size for number in chosen]]
        )
        lines_and_rows = zip(part[LINE_COLUMN].to_list(), _json_rows(part.drop(LINE_COLUMN)), strict=True)
        rows_by_number |= zip(chosen, lines_and_rows, strict=True)
    return rows_by_number


def read_lines(parquet: Path, first: int, stop: int) -> list[int | None]:
    """The lines of the upload where the rows from number `first` to before `stop` begin."""
    lines = pl.scan_parquet(parquet, glob=False).select(LINE_COLUMN).slice(first, stop - first).collect()
    return lines[LINE_COLUMN].to_list()


def _select_readable(schema: pl.Schema) -> list[pl.Expr]:
    """The columns that can be JSON values: of images the names of their files instead of their bytes."""
    return [
        cs.by_name(file_column(name) if kind == pl.Binary() else name).as_expr().alias(name)
        for name, kind in schema.items()
        if name != LINE_COLUMN and not is_file_column(name)
    ]


def _column_types(columns: Sequence[str] | None, profile: Sequence[Mapping[str, object]]) -> dict[str, str]:
    types = {str(column["name"]): str(column["type"]) for column in profile}
    return types if columns is None else {name: types[name] for name in columns}


def _count_characters(types: Mapping[str, str], profile: Sequence[Mapping[str, object]]) -> int:
    """The characters of all texts of the columns that have types."""
    texts = [cast("Mapping[str, int] | None", column.get("text")) for column in profile if column["name"] in types]
    return sum(text["characters"] for text in texts if text)


def read_formats(profile: Sequence[Mapping[str, object]]) -> dict[str, ColumnFormat]:
    """The formats of those columns of a profile whose cells are not written plainly, by name."""
    formats = {str(column["name"]): column.get("format") for column in profile}
    return {name: ColumnFormat.from_json(cast("Any", plain)) for name, plain in formats.items() if plain}


def _make_frame(
    table: pl.DataFrame,
    types: Mapping[str, str],
    formats: Mapping[str, ColumnFormat],
    images: Mapping[str, ImageReader],
    first_row: int = 0,
) -> Frame:
    """A frame of the columns with types; what numbers are missing is filled in all columns at once, for speed."""
    numeric = [name for name, kind in types.items() if kind == "numeric"]
    filled = table.with_columns(cs.by_name(numeric).fill_null(np.nan)) if numeric else table
    columns = {
        name: images[name].read(filled[name], first_row)
        if kind == "image"
        else _frame_column(filled[name].alias("value"), kind, formats.get(name))
        for name, kind in types.items()
    }
    return Frame(columns, table.height, formats={name: formats[name] for name in types if name in formats})


def _frame_column(column: pl.Series, kind: str, format_: ColumnFormat | None) -> Column:
    match kind:
        case "numeric":
            return NumericColumn(column.to_numpy())
        case "boolean":
            values = column.cast(pl.Int8).fill_null(-1).to_numpy()
            match format_:
                case ColumnFormat(labels=(no, yes)):
                    return BooleanColumn(values, (no, yes))
                case _:
                    return BooleanColumn(values)
        case "datetime":
            return DatetimeColumn(to_seconds(column))
        case "text":
            return TextColumn(column.to_numpy())
        case _:
            words = column.drop_nulls().unique().sort()
            codes = column.cast(pl.Enum(words)).to_physical().cast(pl.Int32).fill_null(-1)
            return CategoricalColumn(codes.to_numpy(), tuple(words))


def _count_fitting(page: pl.DataFrame) -> int:
    """The number of the first rows whose texts have at most MAX_PAGE_BYTES, at least one."""
    texts = [
        page[name].alias("text").str.len_bytes().fill_null(0) for name, kind in page.schema.items() if kind == pl.String
    ]
    if not texts:
        return page.height
    sizes = pl.DataFrame({str(index): text for index, text in enumerate(texts)}).sum_horizontal()
    return max(1, int((sizes.cum_sum() <= MAX_PAGE_BYTES).sum()))


def _json_rows(table: pl.DataFrame) -> list[dict[str, object]]:
    names, columns = table.columns, [_json_cells(column) for column in table]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _json_cells(column: pl.Series) -> list[object]:
    cells: list[Any] = column.to_list()
    if column.dtype.is_float():
        return [cell if cell is None or not cell.is_integer() or abs(cell) >= 2**53 else int(cell) for cell in cells]
    if column.dtype.is_temporal():
        return [None if cell is None else format_datetime(cell) for cell in cells]
    return cells
