"""Where the rows and cells of a delimited text lie: checked for every row, at the speed of array operations.

Table libraries fill short rows with nothing, and none tells the line that a row came from. What is found in order here
they read rightly; what is not goes through `untidy`, piece by piece.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tables.errors import Unreadable
from tables.formats.dialect import LONGEST_ROW, Dialect
from tables.formats.repair import tidied
from tables.issues import Issues

_SHORT = 1 << 16
_HOPELESS = 1_000_000
_FEED, _QUOTE = ord("\n"), ord('"')


@dataclass(frozen=True)
class Rows:
    """Whole rows of equal width as text that any CSV reader understands.

    Attributes:
        data: UTF-8; each row ends in a line feed.
        line: int64 (rows,): the line of the file on which each begins, counted from 1.
        row: int64 (rows,): the number of each in the file, counted from 1; rejected ones have numbers too.
    """

    data: bytes
    line: NDArray[np.int64]
    row: NDArray[np.int64]


@dataclass(frozen=True)
class _Tidy:
    """The whole rows of a text that is in order.

    Attributes:
        data: The rows, without blank lines.
        size: How many bytes of the text they take.
        lines: How many lines of it.
        starts: How many lines precede each.
    """

    data: bytes
    size: int
    lines: int
    starts: NDArray[np.int64]


@dataclass
class _Cutter:
    """Cuts rows off a text, and knows on which line and at which row it is."""

    dialect: Dialect
    width: int
    issues: Issues
    line: int
    row: int = 1

    def cut(self, text: bytes, *, last: bool) -> tuple[Rows, bytes]:
        """Rows from the beginning of a text, and the rest of it; all of it where there is no whole row yet.

        A text that is not in order is halved until its beginning is, or is short enough to be read with care.
        """
        part = text
        found = _tidy(part, self.dialect, self.width)
        while found is None and len(part) > _SHORT:
            part = part[: len(part) // 2]
            found = _tidy(part, self.dialect, self.width)
        waits = len(text) - found.size if found and part is text else 0
        if found is None or (part is not text and not found.size) or waits > (0 if last else LONGEST_ROW):
            return self._cut_carefully(text, part, last=last)
        rows = Rows(found.data, found.starts + self.line, np.arange(self.row, self.row + len(found.starts)))
        self.line, self.row = self.line + found.lines, self.row + len(found.starts)
        return rows, text[found.size :]

    def _cut_carefully(self, text: bytes, part: bytes, *, last: bool) -> tuple[Rows, bytes]:
        """Rows from the beginning of a part of a text, or of all of it if the part has no whole row."""
        laid = tidied(
            part, self.dialect, self.width, line=self.line, row=self.row, issues=self.issues, last=last and part is text
        )
        if not laid.size and part is not text:
            return self._cut_carefully(text, text, last=last)
        self.line, self.row = self.line + laid.lines, self.row + laid.rows
        rows = Rows(laid.data.encode(), np.array(laid.line, np.int64), np.array(laid.row, np.int64))
        return rows, text[laid.size :]


def rows_of(pieces: Iterator[bytes], dialect: Dialect, width: int, line: int, issues: Issues) -> Iterator[Rows]:
    """Cut a text into rows of equal width; those that do not have it are reported and left out.

    Args:
        pieces: The text, cut anywhere, its lines ending in line feeds.
        dialect: How its cells are told apart.
        width: How many cells a row has.
        line: The line of the file that the text begins on.
        issues: Where faults are reported.

    Raises:
        Unreadable: row-too-long, or mostly-faults where it would take long to see that there is next to nothing else.
    """
    cutter = _Cutter(dialect, width, issues, line)
    rest = b""
    for piece in chain(pieces, (b"",)):
        text, last = rest + piece, not piece
        if last and text and not text.endswith(b"\n"):
            text += b"\n"
        rest = b""
        while text:
            rows, after = cutter.cut(text, last=last)
            if len(after) == len(text):
                rest = text
                break
            yield rows
            text = after
            if issues.rejected > _HOPELESS and issues.rejected * 10 > cutter.row * 9:
                raise Unreadable(
                    "mostly-faults",
                    f"Of the first {cutter.row - 1:,} rows, {issues.rejected:,} are malformed: "
                    f"the first is {issues.first()[0].code} on line {issues.first()[0].line}.",
                    "Check the delimiter and the quotes.",
                )


def _tidy(text: bytes, dialect: Dialect, width: int) -> _Tidy | None:
    """The whole rows of a text, if all are of the width, none is empty, and quotes enclose whole cells."""
    if dialect.backslash and b"\\" in text:
        return None
    letters = np.frombuffer(text, np.uint8)
    marks = letters == ord(dialect.delimiter)
    marks |= letters == _FEED
    if b'"' not in text:
        size = text.rfind(b"\n") + 1
        if b"\n\n" in text or text.startswith(b"\n"):
            return _tidy_between_blank_lines(letters[:size], dialect, width)
        at = np.flatnonzero(marks[:size])
        kinds, feeds = letters[at], None
    else:
        marks |= letters == _QUOTE
        at = np.flatnonzero(marks)
        kinds = letters[at]
        if not _encloses_cells(letters, at[kinds == _QUOTE], ord(dialect.delimiter)):
            return None
        outside = np.cumsum(kinds == _QUOTE, dtype=np.uint8) % 2 == 0  # the sum may overflow: 256 is even
        ends = at[outside & (kinds == _FEED)]
        size = int(ends[-1]) + 1 if len(ends) else 0
        within = at < size
        at, kinds, outside = at[within], kinds[within], outside[within]
        feeds = at[kinds == _FEED]
        outside &= kinds != _QUOTE
        at, kinds = at[outside], kinds[outside]
    ends = at[width - 1 :: width]
    even = len(at) == len(ends) * width and np.count_nonzero(kinds == _FEED) == len(ends)
    if not even or (letters[ends] != _FEED).any() or (np.diff(ends, prepend=-1) <= width).any():
        return None
    if feeds is None or len(feeds) == len(ends):
        return _Tidy(text[:size], size, len(ends), np.arange(len(ends)))
    return _Tidy(text[:size], size, len(feeds), np.searchsorted(feeds, np.concatenate(([0], ends[:-1] + 1))))


def _tidy_between_blank_lines(letters: NDArray[np.uint8], dialect: Dialect, width: int) -> _Tidy | None:
    """The rows of a text of whole lines without quotes, of which some are blank."""
    feeds = np.flatnonzero(letters == _FEED)
    blank = np.diff(feeds, prepend=-1) == 1
    found = _tidy(np.delete(letters, feeds[blank]).tobytes(), dialect, width)
    return found and _Tidy(found.data, len(letters), len(feeds), np.flatnonzero(~blank))


def _encloses_cells(letters: NDArray[np.uint8], quotes: NDArray[np.intp], delimiter: int) -> bool:
    """Whether every quote begins or ends a cell, or is one of two within a cell.

    Quotes alternate between opening and closing; those doubled within a cell close it and open it again. What follows
    one at the very end of the text is not known yet.
    """
    before, after = letters[quotes[::2] - 1], letters[np.minimum(quotes[1::2] + 1, len(letters) - 1)]
    starts = (before == delimiter) | (before == _FEED) | (before == _QUOTE)
    starts |= quotes[::2] == 0
    stops = (after == delimiter) | (after == _FEED) | (after == _QUOTE)
    return bool(starts.all() and stops.all())
