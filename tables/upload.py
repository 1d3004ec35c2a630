"""An upload becomes a typed table: a Parquet file, a profile of each column, and the list of faults.

Blocks of rows are read and settled; types are decided over all of them; then they are cast and written, the rows with
faults left out. Where it turns out that the spelling of a column is needed after all, the file is read once more.
"""

import errno
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

import polars as pl

from learning.frame import ColumnType
from tables.chunks import Blocks, column_key
from tables.column_types import STORED, Decided, decided, faults, write
from tables.errors import Unreadable, nearest
from tables.formats.delimited import Delimited
from tables.formats.ndjson import records_of_file, records_of_rows
from tables.formats.parquet import ParquetTable
from tables.issues import Issue, Issues, Severity
from tables.profile import ColumnProfile, profiles

NO_SPACE: Final = f"(os error {errno.ENOSPC})"
"""What polars says when the disk is full."""

Format = Literal["csv", "tsv", "ndjson", "parquet"]


@dataclass(frozen=True)
class Ingested:
    """What became of an upload.

    Attributes:
        issues: The first thousand faults, by line.
        issue_counts: How many there are of each severity, "error" and "warning".
    """

    rows: int
    rows_rejected: int
    columns: list[ColumnProfile]
    issues: list[Issue]
    issue_counts: dict[Severity, int]


class Upload(Protocol):
    """Something with named columns, whose blocks of rows can be read once."""

    @property
    def names(self) -> list[str]:
        """The columns' names, complete once all blocks were read."""
        ...

    def blocks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column for each name, by its key, and LINE and ROW."""
        ...


def ingest(source: Path, format: Format, into: Path, types: Mapping[str, str] = {}) -> Ingested:  # noqa: A002 - its name
    """Read an uploaded file and write it as Parquet.

    Args:
        source: The file, not compressed.
        format: What it claims to be.
        into: Where the Parquet file goes; what is there is overwritten.
        types: Types of columns, by name, that are not to be inferred.

    Raises:
        Unreadable: nothing can be made of the file, or `types` do not fit it.
        OSError: the disk is full, or fails.
    """

    @contextmanager
    def opened(issues: Issues) -> Generator[Upload]:
        if format == "parquet":
            yield ParquetTable(source, issues)
            return
        with source.open("rb") as file:
            yield (
                records_of_file(file, issues)
                if format == "ndjson"
                else Delimited(file, issues, prefer_tab=format == "tsv")
            )

    return _ingest(opened, into, types)


def ingest_rows(rows: Sequence[object], into: Path, types: Mapping[str, str] = {}) -> Ingested:
    """Write rows that came as JSON objects as Parquet; otherwise like `ingest`, but without lines."""
    return _ingest(lambda issues: nullcontext(records_of_rows(rows, issues)), into, types)


@contextmanager
def _naming_full_disks() -> Generator[None]:
    """Let a full disk be an OSError that says so by its number; polars has words only.

    Raises:
        OSError: the disk is full.
    """
    try:
        yield
    except (pl.exceptions.ComputeError, OSError) as error:
        if NO_SPACE not in str(error):
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


@_naming_full_disks()
def _ingest(
    opened: Callable[[Issues], AbstractContextManager[Upload]], into: Path, types: Mapping[str, str]
) -> Ingested:
    wanted = _wanted(types)
    as_text = set[str]()
    while True:
        issues, blocks = Issues(), Blocks(into, set(as_text))
        with closing(blocks), opened(issues) as upload:
            blocks.as_text |= {key for key, kind in _asked(upload.names, wanted).items() if kind != "numeric"}
            for frame in upload.blocks():
                blocks.add(frame)
            if not blocks.rows or not upload.names:
                raise _nothing(upload.names, issues)
            asked = _asked(upload.names, wanted)
            if len(asked) < len(wanted):
                raise _unknown_column(wanted, upload.names)
            found = decided(blocks, [column_key(index) for index in range(len(upload.names))], asked)
            if not found.respelled:
                return _finished(upload, blocks, found, issues, into)
            as_text |= found.respelled


def _finished(upload: Upload, blocks: Blocks, found: Decided, issues: Issues, into: Path) -> Ingested:
    """Report what the columns showed, reject the rows with faults, write the others and profile them."""
    names = {column_key(index): name for index, name in enumerate(upload.names)}
    if isinstance(upload, Delimited):
        for key in found.empty & upload.unnamed:
            issues.add(
                Issue("empty_column", "warning", "column_left_out", line=upload.header_line, column=names.pop(key))
            )
        upload.doubt_header({key for key in names if found.readings[key].type in {"numeric", "datetime"}})
    for key, name in names.items():
        for note in found.readings[key].notes:
            issues.add(Issue(note.code, "warning", "kept", column=name, value=note.value, suggestion=note.suggestion))
    malformed = issues.rejected
    rejected = faults(blocks, names, found.readings, issues)
    rows = blocks.rows - len(rejected)
    if not rows or not names:
        raise _nothing(list(names), issues)
    write(blocks, names, found.readings, rejected, into)
    types: dict[str, ColumnType] = {name: found.readings[key].type for key, name in names.items()}
    return Ingested(rows, malformed + len(rejected), profiles(into, types, rows), issues.first(), dict(issues.counts))


def _wanted(types: Mapping[str, str]) -> dict[str, ColumnType]:
    """The types that a person asks for, if there are such types."""
    wanted: dict[str, ColumnType] = {}
    for name, kind in types.items():
        for known in STORED:
            if kind == known:
                wanted[name] = known
        if name not in wanted:
            close = nearest(kind, STORED)
            raise Unreadable(
                "unknown-type",
                f"There is no column type '{kind}', which is given for '{name}'.",
                f"Did you mean '{close}'?" if close else f"The types are: {', '.join(STORED)}.",
            )
    return wanted


def _asked(names: Sequence[str], wanted: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """The types that a person asks for, by the columns' keys."""
    return {column_key(index): wanted[name] for index, name in enumerate(names) if name in wanted}


def _unknown_column(wanted: Mapping[str, ColumnType], names: Sequence[str]) -> Unreadable:
    unknown = next(name for name in wanted if name not in names)
    close = nearest(unknown, names)
    listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return Unreadable(
        "unknown-column",
        f"There is no column '{unknown}', for which a type is given.",
        f"Did you mean '{close}'?" if close else f"The columns are: {listed}.",
    )


def _nothing(names: Sequence[str], issues: Issues) -> Unreadable:
    """Why nothing is left of an upload."""
    rejected = [issue for issue in issues.first() if issue.action == "row_rejected"]
    if not rejected and not names:
        return Unreadable(
            "no-columns", "The table has no column that can be learned from.", "Give it columns of values."
        )
    if not rejected:
        return Unreadable("no-rows", "The table has no rows.", "Put at least one row below the names of the columns.")
    first = rejected[0]
    place = f"line {first.line}" if first.line else f"row {first.row}"
    column = f", column '{first.column}'" if first.column else ""
    return Unreadable(
        "no-rows",
        f"No row of the table can be used. The first fault is {first.code} in {place}{column}: {first.value!r}.",
        first.suggestion or "Mend the file, or give the column another type.",
    )
