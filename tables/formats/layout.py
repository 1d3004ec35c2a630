"""Where the rows and cells of a delimited text lie: checked for every row, at the speed of array operations.

Table libraries fill short rows with nothing, and none tells the line that a row came from. What is found in order here
they read rightly; what is not goes through `untidy`, piece by piece.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tables.formats.dialect import LONGEST_ROW, Dialect
from tables.formats.untidy import tidied
from tables.issues import Issues

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
    """The whole rows of a text that is in order: bytes and lines that they take, lines that precede each."""

    size: int
    lines: int
    starts: NDArray[np.int64]


def rows_of(pieces: Iterator[bytes], dialect: Dialect, width: int, line: int, issues: Issues) -> Iterator[Rows]:
    """Cut a text into rows of equal width; those that do not have it are reported and left out.

    Args:
        pieces: The text, cut anywhere, its lines ending in line feeds.
        dialect: How its cells are told apart.
        width: How many cells a row has.
        line: The line of the file that the text begins on.
        issues: Where faults are reported.

    Raises:
        Unreadable: row-too-long.
    """
    row, rest = 1, b""
    for piece in chain(pieces, (b"",)):
        text = rest + piece
        if last := not piece:
            text += b"\n" if text and not text.endswith(b"\n") else b""
        size = len(text)
        while text and size:
            found = _tidy(text, dialect, width)
            if found is None or len(text) - found.size > (0 if last else LONGEST_ROW):
                laid = tidied(text, dialect, width, line=line, row=row, issues=issues, last=last)
                yield Rows(laid.data.encode(), np.array(laid.line, np.int64), np.array(laid.row, np.int64))
                size, lines, rows = laid.size, laid.lines, laid.rows
            else:
                size, lines, rows = found.size, found.lines, len(found.starts)
                yield Rows(text[:size], found.starts + line, np.arange(row, row + rows))
            text, line, row = text[size:], line + lines, row + rows
        rest = text


def _tidy(text: bytes, dialect: Dialect, width: int) -> _Tidy | None:
    """The whole rows of a text, if all are of the width, none is empty, and quotes enclose whole cells."""
    if dialect.backslash and b"\\" in text:
        return None
    letters = np.frombuffer(text, np.uint8)
    marks = letters == ord(dialect.delimiter)
    marks |= letters == _FEED
    if b'"' not in text:
        size = text.rfind(b"\n") + 1
        at = np.flatnonzero(marks[:size])
        kinds, feeds = letters[at], None
    else:
        marks |= letters == _QUOTE
        at = np.flatnonzero(marks)
        kinds = letters[at]
        if not _encloses_cells(letters, at[kinds == _QUOTE], ord(dialect.delimiter)):
            return None
        outside = np.cumsum(kinds == _QUOTE) % 2 == 0
        ends = at[outside & (kinds == _FEED)]
        size = int(ends[-1]) + 1 if len(ends) else 0
        within = at < size
        at, kinds, outside = at[within], kinds[within], outside[within]
        feeds = at[kinds == _FEED]
        outside &= kinds != _QUOTE
        at, kinds = at[outside], kinds[outside]
    ends = at[width - 1 :: width]
    if len(at) != len(ends) * width or np.count_nonzero(kinds == _FEED) != len(ends) or (letters[ends] != _FEED).any():
        return None
    if (np.diff(ends, prepend=-1) <= width).any():
        return None
    if feeds is None or len(feeds) == len(ends):
        return _Tidy(size, len(ends), np.arange(len(ends)))
    return _Tidy(size, len(feeds), np.searchsorted(feeds, np.concatenate(([0], ends[:-1] + 1))))


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
