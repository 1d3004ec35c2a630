"""Scanner of delimited text: finds rows and cells with array operations, and checks the width of every row.

CSV readers fill short rows with nulls, and do not report the line of a row. Regular text goes to the reader unchanged;
the rest goes through `repair` first, in parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tables.formats.dialect import MAX_ROW_BYTES, Dialect
from tables.formats.repair import repair_rows
from tables.formats.short_rows import ShortRows
from tables.issues import IssueCollector, UnreadableFile

_MAX_REPAIR_BYTES = 1 << 16
_MAX_MALFORMED_ROWS = 1_000_000
_FEED, _QUOTE = ord("\n"), ord('"')


@dataclass(frozen=True)
class ScannedRows:
    """Whole rows of equal width as valid CSV.

    Attributes:
        data: UTF-8; each row ends in a line feed.
        line: int64 (rows,): the first line of each row in the file, counted from 1.
        row: int64 (rows,): the number of each row in the file, counted from 1; rejected rows are counted too.
    """

    data: bytes
    line: NDArray[np.int64]
    row: NDArray[np.int64]


@dataclass(frozen=True)
class _RegularRows:
    """The whole rows of a regular text, without blank lines, and their size in bytes and lines.

    Attributes:
        starts: int64 (rows,): the number of lines before each row.
    """

    data: bytes
    size: int
    lines: int
    starts: NDArray[np.int64]


@dataclass
class _FieldScanner:
    """Scans rows from successive texts, and counts their lines and rows."""

    dialect: Dialect
    width: int
    issues: IssueCollector
    short_rows: ShortRows
    line: int
    row: int = 1

    def scan(self, text: bytes, *, last: bool) -> tuple[ScannedRows, bytes]:
        """Rows from the beginning of a text, and the rest of it, which is all of it if there is no whole row yet.

        An irregular text is halved until its beginning is regular, or is short enough for `repair`.
        """
        part = text
        while (regular := _scan_regular(part, self.dialect, self.width)) is None and len(part) > _MAX_REPAIR_BYTES:
            part = part[: len(part) // 2]
        waits = len(text) - regular.size if regular and part is text else 0
        if regular is None or (part is not text and not regular.size) or waits > (0 if last else MAX_ROW_BYTES):
            return self._scan_irregular(text, part, last=last)
        rows = ScannedRows(
            regular.data, regular.starts + self.line, np.arange(self.row, self.row + len(regular.starts))
        )
        self.line, self.row = self.line + regular.lines, self.row + len(regular.starts)
        return rows, text[regular.size :]

    def _scan_irregular(self, text: bytes, part: bytes, *, last: bool) -> tuple[ScannedRows, bytes]:
        """Repaired rows from a part of a text, or from all of it if the part has no whole row."""
        repaired = repair_rows(
            part,
            self.dialect,
            self.width,
            line=self.line,
            row=self.row,
            issues=self.issues,
            short_rows=self.short_rows,
            last=last and part is text,
        )
        if not repaired.size and part is not text:
            return self._scan_irregular(text, text, last=last)
        self.line, self.row = self.line + repaired.lines, self.row + repaired.rows
        rows = ScannedRows(repaired.data.encode(), np.array(repaired.line, np.int64), np.array(repaired.row, np.int64))
        return rows, text[repaired.size :]


def scan_rows(
    pieces: Iterator[bytes],
    dialect: Dialect,
    width: int,
    line: int,
    issues: IssueCollector,
    *,
    short_rows: ShortRows | None = None,
) -> Iterator[ScannedRows]:
    """Scan a text for rows of equal width; rows of another width are rejected and reported.

    The pieces are arbitrary parts of UTF-8 text, whose lines end in line feeds; the first begins at `line` of the file.
    Rows that lack cells at their end are counted in `short_rows`, which may have them filled.

    Raises:
        UnreadableFile: row-too-long; mostly-faults, where nearly all rows are malformed.
    """
    short_rows = short_rows or ShortRows()
    scanner = _FieldScanner(dialect, width, issues, short_rows, line)
    rest = b""
    for piece in chain(pieces, (b"",)):
        text, last = rest + piece, not piece
        if last and text and not text.endswith(b"\n"):
            text += b"\n"
        rest = b""
        while text:
            rows, after = scanner.scan(text, last=last)
            if len(after) == len(text):
                rest = text
                break
            short_rows.rows = scanner.row - 1
            yield rows
            text = after
            if issues.rejected_rows > _MAX_MALFORMED_ROWS and issues.rejected_rows * 10 > scanner.row * 9:
                raise UnreadableFile(
                    "mostly-faults",
                    f"Of the first {scanner.row - 1:,} rows, {issues.rejected_rows:,} are malformed: "
                    f"the first is {issues.first_issues()[0].code} on line {issues.first_issues()[0].line}.",
                    "Check the delimiter and the quotes.",
                )


def _scan_regular(text: bytes, dialect: Dialect, width: int) -> _RegularRows | None:
    """The whole rows of a text if all have this width, none is empty, and quotes enclose whole cells; else None."""
    if dialect.backslash and b"\\" in text:
        return None
    letters = np.frombuffer(text, np.uint8)
    marks = letters == ord(dialect.delimiter)
    marks |= letters == _FEED
    if b'"' not in text:
        size = text.rfind(b"\n") + 1
        if b"\n\n" in text or text.startswith(b"\n"):
            return _scan_without_blank_lines(letters[:size], dialect, width)
        positions = np.flatnonzero(marks[:size])
        kinds, feeds = letters[positions], None
    else:
        marks |= letters == _QUOTE
        positions = np.flatnonzero(marks)
        kinds = letters[positions]
        if not _encloses_cells(letters, positions[kinds == _QUOTE], ord(dialect.delimiter)):
            return None
        outside = np.cumsum(kinds == _QUOTE, dtype=np.uint8) % 2 == 0  # the sum may overflow: 256 is even
        ends = positions[outside & (kinds == _FEED)]
        size = int(ends[-1]) + 1 if len(ends) else 0
        within = positions < size
        positions, kinds, outside = positions[within], kinds[within], outside[within]
        feeds = positions[kinds == _FEED]
        outside &= kinds != _QUOTE
        positions, kinds = positions[outside], kinds[outside]
    ends = positions[width - 1 :: width]
    is_regular = len(positions) == len(ends) * width and np.count_nonzero(kinds == _FEED) == len(ends)
    if not is_regular or (letters[ends] != _FEED).any() or (np.diff(ends, prepend=-1) <= width).any():
        return None
    if feeds is None or len(feeds) == len(ends):
        return _RegularRows(text[:size], size, len(ends), np.arange(len(ends)))
    return _RegularRows(text[:size], size, len(feeds), np.searchsorted(feeds, np.concatenate(([0], ends[:-1] + 1))))


def _scan_without_blank_lines(letters: NDArray[np.uint8], dialect: Dialect, width: int) -> _RegularRows | None:
    """The rows of a text of whole lines without quotes, some of them blank."""
    feeds = np.flatnonzero(letters == _FEED)
    blank = np.diff(feeds, prepend=-1) == 1
    regular = _scan_regular(np.delete(letters, feeds[blank]).tobytes(), dialect, width)
    return regular and _RegularRows(regular.data, len(letters), len(feeds), np.flatnonzero(~blank))


def _encloses_cells(letters: NDArray[np.uint8], quotes: NDArray[np.intp], delimiter: int) -> bool:
    """Whether every quote begins or ends a cell, or is one of two within a cell.

    Quotes alternate between opening and closing; a doubled quote closes its cell and opens it again. A quote at the end
    of the text is accepted, as its next character is not known yet.
    """
    before, after = letters[quotes[::2] - 1], letters[np.minimum(quotes[1::2] + 1, len(letters) - 1)]
    starts = (before == delimiter) | (before == _FEED) | (before == _QUOTE)
    starts |= quotes[::2] == 0
    stops = (after == delimiter) | (after == _FEED) | (after == _QUOTE)
    return bool(starts.all() and stops.all())
