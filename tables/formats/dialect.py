"""Detection of a delimited file's dialect: with the right delimiter, rows have equal width."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from tables.formats.layout import Layout, find_layout
from tables.formats.sample import MAX_ROWS, SampleRow

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS: Final = "\t;|,"
"""In the order of preference for equal fit and header line: commas also occur within numbers and sentences."""

NO_DELIMITER: Final = "\x1f"
"""The delimiter for a file with a single column: the unit separator, which does not occur in text."""

MAX_ROW_BYTES: Final = 8 << 20
"""The maximum size of a row; a larger one has a quote that is never closed, or is no table."""

GOOD_FIT: Final = 0.5
"""Rows that fit a delimiter less than this may have another, or none."""


@dataclass(frozen=True)
class Dialect:
    """A delimiter, and whether quotes within cells are escaped by a backslash."""

    delimiter: str
    backslash: bool = False

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> "Reader":
        """The standard library's reader of this dialect, which skips blanks after a delimiter.

        With `strict`, it raises `csv.Error` where a cell continues after its closing quote.
        """
        csv.field_size_limit(2 * MAX_ROW_BYTES)
        escape = "\\" if self.backslash else None
        return csv.reader(lines, delimiter=self.delimiter, escapechar=escape, skipinitialspace=True, strict=strict)


@dataclass(frozen=True)
class LayoutHints:
    """What is known of a table's layout: the line of its header, 0 for none, and names that it is to have."""

    header_line: int | None = None
    names: Collection[str] = frozenset()


@dataclass(frozen=True)
class SniffResult:
    """A dialect, and the structure of the beginning of a file in it; `rows` are those that are not blank."""

    dialect: Dialect
    rows: list[SampleRow]
    layout: Layout


def sniff_dialect(sample: str, hints: LayoutHints, *, prefer_tab: bool = False) -> SniffResult:
    """Detect the dialect from the beginning of a file.

    A delimiter fits if it occurs in the header and rows have the header's width, or one more: an unnamed first column,
    or a delimiter at the end of every row. The best fit is chosen; if none fits, the file has a single column. The
    sample is whole lines, at least one of them not blank; with `prefer_tab`, the tab is chosen if it fits at all.

    Raises:
        UnreadableFile: no-header-line.
    """
    backslash = bool(re.search(r'[^,;|\t\n\\]\\"[^,;|\t\n"]', sample))
    if named := re.match(r'"?sep=([\t !#-~])"?[\t ]*\n', sample, re.IGNORECASE):
        return try_dialect(sample, Dialect(named[1], backslash), hints, before=1)
    results = [try_dialect(sample, Dialect(delimiter, backslash), hints) for delimiter in DELIMITERS]
    if prefer_tab and results[0].layout.fit:
        return results[0]
    best = max(results, key=lambda sniffed: (sniffed.layout.fit, -sniffed.layout.header_line))
    return best if best.layout.fit else try_dialect(sample, Dialect(NO_DELIMITER, backslash), hints)


def try_dialect(sample: str, dialect: Dialect, hints: LayoutHints, before: int = 0) -> SniffResult:
    """The structure of the sample in a dialect; `before` lines at the beginning are not part of the table."""
    lines = islice(io.StringIO(sample, newline="\n"), before, None)
    rows = list(islice(_read_rows(dialect.reader(lines), before), 2 * MAX_ROWS))
    if not rows:  # only a line that names the delimiter, or cells without text
        rows = [SampleRow([""], before + 1, before + 2)]
    return SniffResult(dialect, rows, find_layout(rows, hints.header_line, hints.names))


def _read_rows(reader: "Reader", before: int) -> Iterator[SampleRow]:
    """The rows that are not blank, with their lines."""
    line = before + 1
    for cells in reader:
        end = before + reader.line_num + 1
        if any(cell.strip() for cell in cells):
            yield SampleRow(cells, line, end)
        line = end
