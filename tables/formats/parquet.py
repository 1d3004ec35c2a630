"""Reader of Parquet files, whose types are converted to the column types of a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl
import polars.selectors as cs

from tables.chunks import LINE, ROW, column_key
from tables.formats.headers import unique_names
from tables.formats.parquet_footer import read_uncompressed_sizes
from tables.images.cells import decode_cells
from tables.images.stats import ImageCounter
from tables.issues import Issue, IssueCollector, UnreadableFile
from tables.text_budget import limit_contents, raise_too_expanded

_CELLS_PER_CHUNK: Final = 1 << 21
_MAX_PART_ROWS: Final = 512
_PART_BYTES: Final = 1 << 23
_MAX_GROUP_BYTES_READ: Final = 1 << 35
"""The most bytes of groups of rows that are read for parts of them, which takes half a minute."""
MAX_IMAGE_GROUP_BYTES: Final = 1 << 29
"""The largest group of rows with pictures, which is in memory whole while it is read."""

_NO_IMAGE: Final = {"bytes": None, "path": None}
_WRITE_AGAIN: Final = "Write it again, or upload the table as CSV."


class ParquetReader:
    """A Parquet file with its schema; `names` are the columns of supported types."""

    def __init__(self, path: Path, issues: IssueCollector, max_table_bytes: int) -> None:
        """Read the schema, and the size of the decompressed pages.

        Raises:
            UnreadableFile: empty-file, not-a-table, damaged-file, too-many-columns, too-large.
        """
        with path.open("rb") as file:
            head = file.read(4)
        if not head:
            raise UnreadableFile("empty-file", "The file is empty.", "Upload a Parquet file with at least one row.")
        if head != b"PAR1":
            raise UnreadableFile("not-a-table", "The file is not Parquet: it does not begin with PAR1.", _WRITE_AGAIN)
        self._path, self._file_bytes = path, path.stat().st_size
        self._scan = pl.scan_parquet(path, glob=False)
        try:
            schema = self._scan.collect_schema()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise _damaged_file(error) from error
        self._max_table_bytes = max_table_bytes
        group_sizes = read_uncompressed_sizes(path)
        self._check_size(sum(size.pages for size in group_sizes))
        self._check_contents(sum(size.contents for size in group_sizes))
        self.images: dict[str, ImageCounter] = {}
        """What was counted of images, by the column's key."""
        self._columns: list[pl.Expr] = []
        kept: list[str] = []
        for name, kind in schema.items():
            if (column := _convert_column(name, kind)) is None:
                issues.add(Issue("unusable_type", "warning", "column_left_out", column=name, value=str(kind)))
            else:
                key = column_key(len(kept))
                self._columns.append(column.alias(key))
                if is_image_cell(kind):
                    self.images[key] = ImageCounter()
                kept.append(name)
        if self.images:
            check_image_groups([size.pages for size in group_sizes])
        self.names = unique_names(kept, issues)
        self._issues = issues
        self._reported = set[str]()
        self._total_rows, self._read_rows = self._scan.select(pl.len()).collect().item(), 0
        self._part_rows = _count_part_rows(self._total_rows, [size.pages for size in group_sizes])

    @property
    def share(self) -> float:
        """The share of the rows that was read."""
        return self._read_rows / max(1, self._total_rows)

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column for each name, ROW, and LINE, which is null.

        Raises:
            UnreadableFile: damaged-file, too-large.
        """
        row, size, pictures = 1, 0, 0
        try:
            for part in self._read_images() if self.images else self._read_batches():
                size += int(part.estimated_size())  # a text of a dictionary counts in every row that has it
                self._check_size(size)
                pictures += int(part.select(list(self.images)).estimated_size())
                self._check_contents(pictures)
                rows = pl.int_range(row, row + part.height, dtype=pl.Int64).alias(ROW)
                self._read_rows += part.height
                decoded = part.with_columns(self._decode_images(part[key], row) for key in self.images)
                yield self._null_far_datetimes(decoded).with_columns(rows, pl.lit(None, pl.Int64).alias(LINE))
                row += part.height
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise _damaged_file(error) from error

    def _read_batches(self) -> Iterator[pl.DataFrame]:
        rows = max(1, _CELLS_PER_CHUNK // max(1, len(self._columns)))
        return self._scan.select(self._columns).collect_batches(chunk_size=rows, maintain_order=True)

    def _read_images(self) -> Iterator[pl.DataFrame]:
        """The rows in parts of some MB, with one group of rows in memory, while batches would have several."""
        scan = pl.scan_parquet(self._path, glob=False, parallel="none", low_memory=True).select(self._columns)
        for start in range(0, self._total_rows, self._part_rows):
            yield scan.slice(start, self._part_rows).collect()

    def _decode_images(self, column: pl.Series, first_row: int) -> pl.Series:
        """A column of small pictures of the images in a column, whose rows are numbered from `first_row`."""
        # one after the other, as of a dictionary all may be the same file of many bytes
        cells = ((cell or _NO_IMAGE, row) for row, cell in enumerate(column, start=first_row))
        named = ((cell["bytes"], cell["path"], row, None) for cell, row in cells)
        name, counter = self.names[int(column.name)], self.images[column.name]
        return decode_cells(column.name, named, name, counter, self._issues)

    def _check_size(self, size: int) -> None:
        if size > self._max_table_bytes:
            raise UnreadableFile(
                "too-large",
                f"The Parquet file of {self._file_bytes:,} bytes has a table of at least {size:,} bytes; "
                f"at most {self._max_table_bytes:,} are read.",
                "Upload a part of it, or leave out columns that are not needed.",
            )

    def _check_contents(self, size: int) -> None:
        """Refuse a file with texts or pictures of so many bytes, which it has once and the table many times."""
        if size > (limit := limit_contents(self._file_bytes)):
            raise_too_expanded(self._file_bytes, "texts or pictures", limit)

    def _null_far_datetimes(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """The chunk with null for datetimes outside the years 1 to 9999, which Python's datetime cannot represent."""
        columns: list[pl.Series] = []
        for moments in chunk.select(pl.col(pl.Datetime)).iter_columns():
            is_in_range = moments.dt.year().is_between(1, 9999)
            if not is_in_range.all():
                columns.append(moments.set(~is_in_range, None))
                name = self.names[int(moments.name)]
                if name not in self._reported:
                    self._reported.add(name)
                    self._issues.add(Issue("year_out_of_range", "warning", "cell_emptied", column=name))
        return chunk.with_columns(columns)


def check_image_groups(sizes: Sequence[int]) -> None:
    """Check the bytes of the groups of rows in a file with pictures; each is in memory whole while it is read.

    Raises:
        UnreadableFile: too-large.
    """
    largest = max(sizes, default=0)
    if largest > MAX_IMAGE_GROUP_BYTES:
        raise UnreadableFile(
            "too-large",
            f"A group of rows in the Parquet file has {largest:,} bytes. Groups with pictures are read one at a time, "
            f"of at most {MAX_IMAGE_GROUP_BYTES:,} bytes.",
            "Write the file in smaller groups, such as by table.to_parquet(path, row_group_size=100), or upload the "
            "pictures as a ZIP.",
        )


def _count_part_rows(rows: int, group_sizes: Sequence[int]) -> int:
    """The rows to read at once: some MB of them, or more if their group would be read too often."""
    bytes_per_row = max(1, sum(group_sizes) // max(1, rows))
    reads = max(1, _MAX_GROUP_BYTES_READ // max(1, *group_sizes, 1))
    return min(_MAX_PART_ROWS, max(1, _PART_BYTES // bytes_per_row, -(-rows // reads)))


def _convert_column(name: str, kind: pl.DataType) -> pl.Expr | None:
    """Convert a column to numbers, booleans, datetimes, text or images; None if it is otherwise nested or binary."""
    column = cs.by_name(name).as_expr()
    match kind:
        case pl.Struct() if is_image_cell(kind):
            return column
        case pl.Categorical() | pl.Enum() | pl.Null():
            column = column.cast(pl.String)
        case pl.Decimal():
            column = column.cast(pl.Float64)
        case pl.Date():
            column = column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        case pl.Datetime():
            moments = column.dt.cast_time_unit("us")
            column = moments.dt.convert_time_zone("UTC") if kind.time_zone else moments.dt.replace_time_zone("UTC")
        case pl.Time():
            column = column.cast(pl.Int64) / 1e9
        case pl.Duration():
            column = column.dt.total_microseconds() / 1e6
        case _:
            return column if kind.is_numeric() or kind in {pl.Boolean(), pl.String()} else None
    return column


def is_image_cell(kind: pl.DataType) -> bool:
    """Whether cells are files of images, as Hugging Face's `datasets` writes them: their bytes and their name."""
    return isinstance(kind, pl.Struct) and kind == pl.Struct({"bytes": pl.Binary(), "path": pl.String()})


def _damaged_file(error: BaseException) -> UnreadableFile:
    reason = str(error).split("\n")[0][:200]
    return UnreadableFile("damaged-file", f"The Parquet file is damaged or cut off: {reason}.", _WRITE_AGAIN)
