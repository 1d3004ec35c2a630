"""Reader of delimited text (CSV, TSV and the like): chunks of text cells, each row with its line and number."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import BinaryIO, Final, TypeVar

import numpy as np
import polars as pl

from tables.chunks import LINE, ROW, column_key
from tables.formats.blanks import divide_pieces, sniff_blanks
from tables.formats.dialect import GOOD_FIT, MAX_ROW_BYTES, Dialect, LayoutHints, sniff_dialect
from tables.formats.encoding import detect_encoding, read_pieces
from tables.formats.headers import unique_names
from tables.formats.last_rows import leave_out_last_rows
from tables.formats.layout_issues import report_layout
from tables.formats.magic import refuse_binary, refuse_other_text
from tables.formats.repeated_header import leave_out_headers
from tables.formats.sample import is_number, is_year
from tables.formats.scanner import ScannedRows, scan_rows
from tables.formats.short_rows import ShortRows
from tables.issues import Issue, IssueCollector, UnreadableFile, shorten_value

T = TypeVar("T")

CHUNK_BYTES: Final = 16 << 20
"""The size of a chunk: large enough to keep all processors busy, small enough for several in memory."""

NO_HINTS: Final = LayoutHints()

_SAMPLE: Final = 1 << 16


class DelimitedReader:
    """A delimited file: the header is read at once, the chunks can be read once."""

    def __init__(
        self,
        file: BinaryIO,
        issues: IssueCollector,
        *,
        prefer_tab: bool = False,
        encoding: str | None = None,
        hints: LayoutHints = NO_HINTS,
        fill_short_rows: bool = False,
    ) -> None:
        """Read the header.

        With `fill_short_rows`, cells that rows lack at their end are empty.

        Raises:
            UnreadableFile: empty-file, not-a-table, too-many-columns, no-header-line, unknown-encoding.
        """
        head = file.read(4096)
        refuse_binary(head)
        file.seek(0)
        chosen = detect_encoding(file, encoding)
        self._pieces = read_pieces(file, chosen, issues)
        self._start = _read_beginning(self._pieces)
        refuse_other_text(self._start[:4096])
        sample = _first_lines(self._start).decode("utf-8", "replace")
        if not sample.strip():
            advice = "Upload a table with a header and at least one row."
            raise UnreadableFile("empty-file", "The file is empty.", advice)
        if chosen.name == "cp1252" and encoding is None:
            advice = (
                "Save the file as UTF-8; if letters look wrong, give its encoding, such as windows-1251 or shift_jis."
            )
            issues.add(Issue("read_as_windows_1252", "warning", "kept", suggestion=advice))
        self._sniffed = sniffed = sniff_dialect(sample, hints, prefer_tab=prefer_tab)
        if sniffed.layout.fit < GOOD_FIT and (divided := sniff_blanks(sample, hints)):
            divide, self._sniffed = divided
            sniffed = self._sniffed
            self._pieces = divide_pieces(chain((self._start,), self._pieces), divide)
            self._start = b""
            advice = "The cells of the file were divided at blanks. If they should not be, upload it as CSV."
            issues.add(Issue("split_at_blanks", "warning", "kept", suggestion=advice))
        layout = sniffed.layout
        report_layout(sniffed.rows, layout, issues)
        self._header = layout.names
        self.delimiter, self.header_line = sniffed.dialect.delimiter, layout.header_line
        self.names = unique_names(layout.names, issues, layout.header_line)
        self.unnamed_columns = {column_key(index) for index, cell in enumerate(layout.names) if not cell.strip()}
        """The keys of columns without a name in the header."""
        self.short_rows = ShortRows(fill=fill_short_rows)
        self._reads_new_rows = bool(hints.names)
        self._issues = issues

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column of text for each name, and the columns LINE and ROW.

        Raises:
            UnreadableFile: row-too-long.
        """
        before = self._sniffed.layout.lines_before_data
        text = _skip_lines(chain((self._start,), self._pieces), before)
        rows = read_rows_of(
            text,
            self._sniffed.dialect,
            len(self.names),
            before + 1,
            issues=self._issues,
            short_rows=self.short_rows,
        )
        last: pl.DataFrame | None = None
        has_header = bool(self._sniffed.layout.header) and not self._reads_new_rows
        for piece in rows:
            chunk = leave_out_headers(piece, self._header, self._issues) if has_header else piece
            if last is not None:
                yield last
            last = chunk
        if last is not None:
            width = len(self.names)
            yield last if self._reads_new_rows else leave_out_last_rows(last, width, self._issues, may_be_words=False)
            self._issues.join_last_rows(last[LINE][-1])
        self.short_rows.report(self._issues)

    def report_types(self, types: Mapping[str, str]) -> None:
        """Report what the types of columns, by key, show about the header and the delimiter."""
        keys = {key for key, kind in types.items() if kind in {"numeric", "datetime"}}
        if self._sniffed.layout.header and not self._sniffed.layout.is_certain:
            self._warn_of_data_in_header(keys)
        if len(self.names) == 1 and not keys:
            advice = (
                "No comma, semicolon, tab, bar or blank divides the lines evenly. If there are more columns, put one "
                "of these between all cells, and quotes around cells that have it in them; or give header_line, the "
                "line with the names. A text to learn to write from is read with format=text."
            )
            value = shorten_value(self._header[0])
            self._issues.add(Issue("one_column", "warning", "kept", self.header_line, value=value, suggestion=advice))

    def _warn_of_data_in_header(self, keys: set[str]) -> None:
        """Warn if the header looks like data: it has numbers for half of the columns of numbers and dates."""
        header_cells = [cell.strip() for index, cell in enumerate(self._header) if column_key(index) in keys]
        data_like = [cell for cell in header_cells if is_number(cell) and not is_year(cell)]
        if data_like and 2 * len(data_like) >= len(header_cells):
            advice = "If it is data, give header_line=0, or put a line with the names of the columns above it."
            value = shorten_value(self.delimiter.join(self._header))
            self._issues.add(
                Issue("header_looks_like_data", "warning", "kept", self.header_line, value=value, suggestion=advice)
            )


def read_rows_of(
    text: Iterator[bytes], dialect: Dialect, width: int, line: int, *, issues: IssueCollector, short_rows: ShortRows
) -> Iterator[pl.DataFrame]:
    """The rows of a text that begins at a line of the file, as `scan_rows` finds them, in chunks.

    Raises:
        UnreadableFile: row-too-long, mostly-faults.
    """
    rows = scan_rows(text, dialect, width, line, issues, short_rows=short_rows)
    for parts in _prefetch(_group_rows(rows)):
        yield _read_chunk(parts, width, dialect.delimiter)


def _read_chunk(rows: list[ScannedRows], width: int, delimiter: str) -> pl.DataFrame:
    frame = pl.read_csv(
        [part.data for part in rows],
        has_header=False,
        schema={column_key(index): pl.String for index in range(width)},
        separator=delimiter,
        quote_char='"' if any(b'"' in part.data for part in rows) else None,
    )
    lines = pl.Series(LINE, np.concatenate([part.line for part in rows]))
    return frame.with_columns(lines, pl.Series(ROW, np.concatenate([part.row for part in rows])))


def _read_beginning(pieces: Iterator[bytes]) -> bytes:
    """The pieces up to the end of the sample, and of the second line, so that they include the whole header."""
    text = b""
    for piece in pieces:
        text += piece
        if (text.count(b"\n") > 1 and len(text) >= _SAMPLE) or len(text) > MAX_ROW_BYTES:
            break
    return text


def _first_lines(text: bytes) -> bytes:
    """A sample of whole lines from the beginning of a text, including the whole header."""
    if len(text) < _SAMPLE:  # the whole file
        return text if text.endswith(b"\n") else text + b"\n"
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


def _skip_lines(pieces: Iterator[bytes], number: int) -> Iterator[bytes]:
    """The pieces of a text without its first lines."""
    for piece in pieces:
        offset = 0
        while number and (end := piece.find(b"\n", offset) + 1):
            offset, number = end, number - 1
        if not number:
            yield piece[offset:]
