"""Reader of delimited text (CSV, TSV and the like): chunks of text cells, each row with its line and number."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import BinaryIO, Final, TypeVar

import numpy as np
import polars as pl

from tables.chunks import LINE, ROW, column_key
from tables.formats.dialect import MAX_ROW_BYTES, sniff_dialect
from tables.formats.encoding import detect_encoding, read_pieces
from tables.formats.headers import unique_names
from tables.formats.magic import refuse_binary, refuse_json
from tables.formats.scanner import ScannedRows, scan_rows
from tables.issues import Issue, IssueCollector, UnreadableFile, shorten_value

T = TypeVar("T")

CHUNK_BYTES: Final = 16 << 20
"""The size of a chunk: large enough to keep all processors busy, small enough for several in memory."""

_SAMPLE: Final = 1 << 16
_NUMBER_OR_DATE: Final = re.compile(r"[+-]?[.,]?\d[\d.,:/ -]*(?:[eE][+-]?\d+)?")
_YEAR: Final = re.compile(r"(?:1[89]|20)\d\d")


class DelimitedReader:
    """A delimited file: the header is read at once, the chunks can be read once."""

    def __init__(self, file: BinaryIO, issues: IssueCollector, *, prefer_tab: bool = False) -> None:
        """Read the header; UnreadableFile is empty-file, not-a-table or too-many-columns."""
        head = file.read(4096)
        refuse_binary(head)
        refuse_json(head)
        file.seek(0)
        encoding = detect_encoding(file)
        self._pieces = read_pieces(file, encoding, issues)
        self._start = _read_beginning(self._pieces)
        sample = _first_lines(self._start).decode("utf-8", "replace")
        if not sample.strip():
            advice = "Upload a table with a header and at least one row."
            raise UnreadableFile("empty-file", "The file is empty.", advice)
        self._sniffed = sniffed = sniff_dialect(sample, prefer_tab=prefer_tab)
        if encoding.name == "cp1252":
            issues.add(Issue("read_as_windows_1252", "warning", "kept", suggestion="Save the file as UTF-8."))
        header = sniffed.header
        if sniffed.width > len(header):
            header = [*header, ""] if sniffed.is_last_empty else ["", *header]
        self._header = header
        self.delimiter, self.header_line = sniffed.dialect.delimiter, sniffed.header_line
        self.names = unique_names(header, issues, sniffed.header_line)
        self.unnamed_columns = {column_key(index) for index, cell in enumerate(header) if not cell.strip()}
        """The keys of columns without a name in the header."""
        self._issues = issues

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column of text for each name, and the columns LINE and ROW.

        Raises:
            UnreadableFile: row-too-long.
        """
        offset = _offset_after_lines(self._start, self._sniffed.lines_before_data)
        text = chain((self._start[offset:],), self._pieces)
        rows = scan_rows(
            text, self._sniffed.dialect, len(self.names), self._sniffed.lines_before_data + 1, self._issues
        )
        for parts in _prefetch(_group_rows(rows)):
            yield self._read_chunk(parts)

    def warn_of_data_in_header(self, keys: set[str]) -> None:
        """Warn if the header looks like data: it has numbers for half of the columns of numbers and dates."""
        header_cells = [cell.strip() for index, cell in enumerate(self._header) if column_key(index) in keys]
        data_like = [cell for cell in header_cells if _NUMBER_OR_DATE.fullmatch(cell) and not _YEAR.fullmatch(cell)]
        if data_like and 2 * len(data_like) >= len(header_cells):
            advice = "If it is data, put a line with the names of the columns above it."
            value = shorten_value(self.delimiter.join(self._header))
            self._issues.add(
                Issue("header_looks_like_data", "warning", "kept", self.header_line, value=value, suggestion=advice)
            )

    def _read_chunk(self, rows: list[ScannedRows]) -> pl.DataFrame:
        frame = pl.read_csv(
            [part.data for part in rows],
            has_header=False,
            schema={column_key(index): pl.String for index in range(len(self.names))},
            separator=self.delimiter,
            quote_char='"' if any(b'"' in part.data for part in rows) else None,
        )
        lines = pl.Series(LINE, np.concatenate([part.line for part in rows]))
        return frame.with_columns(lines, pl.Series(ROW, np.concatenate([part.row for part in rows])))


def _read_beginning(pieces: Iterator[bytes]) -> bytes:
    """The pieces up to the end of the second line, so that they include the whole header."""
    text = b""
    for piece in pieces:
        text += piece
        if text.count(b"\n") > 1 or len(text) > MAX_ROW_BYTES:
            break
    return text


def _first_lines(text: bytes) -> bytes:
    """A sample of whole lines from the beginning of a text, including the whole header."""
    end = text.rfind(b"\n", 0, _SAMPLE) + 1
    if text.count(b"\n", 0, end) < 2:
        end = text.rfind(b"\n") + 1
    return text[:end] or text + b"\n"


def _group_rows(parts: Iterator[ScannedRows]) -> Iterator[list[ScannedRows]]:
    """Group parts into chunks of about CHUNK_BYTES; empty parts are left out."""
    group: list[ScannedRows] = []
    size = 0
    for part in parts:
        if len(part.line):
            group.append(part)
            size += len(part.data)
        if size >= CHUNK_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _prefetch(items: Iterator[T]) -> Iterator[T]:
    """Iterate over the items, computing the next one in a thread while one is in use."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(next, items, None)
        while (item := future.result()) is not None:
            future = thread.submit(next, items, None)
            yield item


def _offset_after_lines(text: bytes, number: int) -> int:
    """The offset after this many line feeds; the end if there are fewer."""
    offset = 0
    for _ in range(number):
        offset = text.find(b"\n", offset) + 1
        if not offset:
            return len(text)
    return offset
