"""Ingests an upload: a typed Parquet file, a profile of each column, and the list of issues.

Chunks of rows are read, types are decided over all of them, then they are parsed and written; a cell that its column's
parser cannot read is emptied. If a column was read as numbers and proves to need its text (an id, a decimal comma), the
file is read once more.
"""

import errno
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import polars as pl

from learning.frame import ColumnType
from tables.chunks import Chunks, column_key
from tables.column_types import decide_columns, report_faulty_cells, write_parquet
from tables.copies import find_copies
from tables.formats.arff import ArffReader
from tables.formats.delimited import DelimitedReader
from tables.formats.detection import ARCHIVES, WORKBOOKS, FileFormat
from tables.formats.dialect import LayoutHints
from tables.formats.grid import GridReader
from tables.formats.html import open_html
from tables.formats.lines import LinesReader
from tables.formats.ndjson import JsonRowsReader, open_json, open_ndjson, open_rows
from tables.formats.parquet import ParquetReader
from tables.formats.workbook import open_workbook
from tables.images.archive import open_archive
from tables.images.reader import FolderReader, NamedFilesReader, open_pictures
from tables.index_columns import find_index_columns
from tables.issues import Issue, IssueCollector, Severity, UnreadableFile
from tables.options import NO_OPTIONS, ReadOptions
from tables.profile import ColumnProfile, profile_columns
from tables.progress import Report, Share, get_unknown_share, report_nothing
from tables.requested_types import (
    check_types,
    create_unknown_column_error,
    get_formats_by_key,
    get_types_by_key,
)
from tables.sentinels import find_sentinels
from tables.text_budget import TextBudget
from tables.types.parse import Parser
from tables.unused_options import list_unused_options

MAX_TABLE_BYTES: Final = 4 << 30
"""The maximum size of a table, decompressed, unless another is given."""

DeclaredReader = ArffReader | LinesReader | FolderReader
"""A reader that knows types of its columns."""

TableReader = DelimitedReader | GridReader | DeclaredReader | JsonRowsReader | ParquetReader | NamedFilesReader

IMAGE_READERS = (FolderReader, NamedFilesReader, JsonRowsReader, ParquetReader)
"""The readers of formats that may have images."""


@dataclass(frozen=True)
class IngestedTable:
    """The result of an ingestion, with the first thousand issues by line, and the counts of all by severity."""

    rows: int
    rows_rejected: int
    columns: list[ColumnProfile]
    issues: list[Issue]
    issue_counts: dict[Severity, int]


def ingest(
    source: Path,
    format: FileFormat,  # noqa: A002 - its name
    parquet: Path,
    types: Mapping[str, str] = {},
    max_table_bytes: int = MAX_TABLE_BYTES,
    *,
    options: ReadOptions = NO_OPTIONS,
    report: Report = report_nothing,
) -> IngestedTable:
    """Read an uploaded file, which is not compressed, and write it as Parquet, over what is there.

    Types of columns that are not to be inferred are given by name, other such things as `options`. A Parquet file is
    refused if its table is larger than `max_table_bytes`; the tables of other formats are not larger than their files.

    Raises:
        UnreadableFile: nothing can be made of the file, or `types` do not fit it.
        OSError: the disk is full, or fails.
    """

    @contextmanager
    def open_reader(issues: IssueCollector, fill_short_rows: bool) -> Generator[tuple[TableReader, Share]]:
        for issue in list_unused_options(options, format):
            issues.add(issue)
        if format == "parquet":
            reader = ParquetReader(source, issues, max_table_bytes)
            yield reader, lambda: reader.share
        elif format in WORKBOOKS:
            layout = LayoutHints(options.header_line)
            yield open_workbook(source, issues, options.sheet, layout, max_table_bytes), get_unknown_share
        else:
            open_text = partial(_open_text, options=options, fill_short_rows=fill_short_rows)
            with source.open("rb") as file:
                if format in ARCHIVES:
                    archive = open_archive(file, is_tar=format == "tar", max_bytes=max_table_bytes)
                    yield open_pictures(archive, issues, open_text), lambda: archive.share
                else:
                    size = source.stat().st_size
                    yield open_text(file, format, issues), lambda: file.tell() / size

    if format == "text":  # each line is itself, also one such as N/A
        options = msgspec.structs.replace(options, missing_values=options.missing_values or ())
    return _ingest(open_reader, parquet, types, options, report, file_bytes=source.stat().st_size)


def _open_text(
    file: BinaryIO, file_format: FileFormat, issues: IssueCollector, *, options: ReadOptions, fill_short_rows: bool
) -> TableReader:
    """The reader of a format of text."""
    hints = LayoutHints(options.header_line)
    match file_format:
        case "ndjson":
            return open_ndjson(file, issues, options.encoding)
        case "json":
            return open_json(file, issues, options.encoding)
        case "html":
            return open_html(file, issues, options.encoding, hints)
        case "arff":
            return ArffReader(file, issues, options.encoding)
        case "text":
            return LinesReader(file, issues, options.encoding)
        case _:
            return DelimitedReader(
                file,
                issues,
                prefer_tab=file_format == "tsv",
                encoding=options.encoding,
                hints=hints,
                fill_short_rows=fill_short_rows,
            )


def ingest_rows(rows: Sequence[object], parquet: Path, types: Mapping[str, str] = {}) -> IngestedTable:
    """Write rows that came as JSON objects as Parquet; otherwise like `ingest`, but without lines."""
    return _ingest(lambda issues, _: nullcontext((open_rows(rows, issues), get_unknown_share)), parquet, types)


@contextmanager
def _raising_disk_full() -> Generator[None]:
    """Raise ENOSPC for a full disk, of which polars raises a ComputeError with a text only."""
    try:
        yield
    except (pl.exceptions.ComputeError, OSError) as error:
        if f"(os error {errno.ENOSPC})" not in str(error):
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


@_raising_disk_full()
def _ingest(
    open_reader: Callable[[IssueCollector, bool], AbstractContextManager[tuple[TableReader, Share]]],
    parquet: Path,
    types: Mapping[str, str],
    options: ReadOptions = NO_OPTIONS,
    report: Report = report_nothing,
    *,
    file_bytes: int = 0,
) -> IngestedTable:
    requested_types = check_types(types)
    as_text, fill_short_rows = set[str](), False
    while True:
        issues, chunks = IssueCollector(), Chunks(parquet, set(as_text), options.markers)
        with closing(chunks), open_reader(issues, fill_short_rows) as (upload, share):
            chunks.keep_blanks = isinstance(upload, LinesReader)
            declared_types = upload.types if isinstance(upload, DeclaredReader) else {}
            all_types: dict[str, ColumnType] = {**declared_types, **requested_types}
            chunks.as_text |= {
                key for key, kind in get_types_by_key(upload.names, all_types).items() if kind != "numeric"
            }
            texts = TextBudget(file_bytes)
            for rows in chain.from_iterable(map(texts.split, upload.chunks())):
                chunks.add(rows)
                report(chunks.rows, share())
            if isinstance(upload, DelimitedReader) and upload.short_rows.are_many and not fill_short_rows:
                fill_short_rows = True
                continue
            if not chunks.rows or not upload.names:
                raise _no_rows_error(upload.names, issues)
            if len(get_types_by_key(upload.names, requested_types)) < len(requested_types):
                raise create_unknown_column_error(requested_types, upload.names)
            types_by_key = get_types_by_key(upload.names, all_types)
            names = {column_key(index): name for index, name in enumerate(upload.names)}
            parsers, reread_columns = decide_columns(
                chunks,
                names,
                types_by_key,
                get_formats_by_key(upload.names, options),
                options,
                semicolons=isinstance(upload, DelimitedReader) and upload.delimiter == ";",
            )
            if not reread_columns:
                return _write_table(upload, chunks, parsers, issues, parquet, requested_types=types_by_key)
            as_text |= reread_columns


def _write_table(
    upload: TableReader,
    chunks: Chunks,
    parsers: Mapping[str, Parser],
    issues: IssueCollector,
    parquet: Path,
    *,
    requested_types: Mapping[str, ColumnType],
) -> IngestedTable:
    """Report issues of columns and of the cells that are emptied, write the rows and profile them."""
    names = {column_key(index): name for index, name in enumerate(upload.names)}
    unnamed = upload.unnamed_columns if isinstance(upload, DelimitedReader | GridReader) else set[str]()
    counters = upload.images if isinstance(upload, IMAGE_READERS) else {}
    images = {names[key]: counter.stats() for key, counter in counters.items()}
    comparable = {key: name for key, name in names.items() if name not in images}
    for key in find_index_columns(chunks, comparable, unnamed, requested_types):
        name = names.pop(key)
        advice = f'It only numbers the rows. To keep it, give its type, such as types={{"{name}": "numeric"}}.'
        issues.add(Issue("index_left_out", "warning", "column_left_out", column=name, suggestion=advice))
    if isinstance(upload, DelimitedReader | GridReader):
        for key in [key for key in names if key in unnamed and chunks.is_empty(key)]:
            column = names.pop(key)
            issues.add(Issue("empty_column", "warning", "column_left_out", line=upload.header_line, column=column))
        upload.report_types({key: parsers[key].type for key in names})
    is_undecodable = issues.has("undecodable")
    for key, name in names.items():
        for note in parsers[key].notes:
            if is_undecodable and note.code == "garbled_text":
                continue  # its letters were lost here
            issues.add(Issue(note.code, "warning", "kept", column=name, value=note.value, suggestion=note.suggestion))
    report_faulty_cells(chunks, names, parsers, issues)
    if not names:
        raise _no_rows_error(list(names), issues)
    write_parquet(chunks, names, parsers, parquet)
    chunks.close()  # what follows needs memory of its own
    formats = {name: parsers[key].format for key, name in names.items()}
    types: dict[str, ColumnType] = {name: parsers[key].type for key, name in names.items()}
    columns = profile_columns(parquet, types, formats, chunks.rows, images)
    for sentinel in find_sentinels(parquet, columns, chunks.rows):
        issues.add(sentinel)
    if (
        not (images or isinstance(upload, LinesReader))
        and (copies := find_copies(parquet, columns, chunks.rows)) is not None
    ):
        issues.add(copies)
    return IngestedTable(chunks.rows, issues.rejected_rows, columns, issues.first_issues(), issues.counts)


def _no_rows_error(names: Sequence[str], issues: IssueCollector) -> UnreadableFile:
    """The error that no row of an upload is usable, with the first reason."""
    rejected = [issue for issue in issues.first_issues() if issue.action == "row_rejected"]
    if not rejected and not names:
        return UnreadableFile("no-columns", "The table has no usable column.", "Give it at least one column of values.")
    if not rejected:
        advice = "Put at least one row below the names of the columns."
        return UnreadableFile("no-rows", "The table has no rows.", advice)
    first = rejected[0]
    place = f"line {first.line}" if first.line else f"row {first.row}"
    column = f", column '{first.column}'" if first.column else ""
    return UnreadableFile(
        "no-rows",
        f"No row of the table can be used. The first fault is {first.code} in {place}{column}: {first.value!r}.",
        first.suggestion or "Correct the file, or set another type for the column.",
    )
