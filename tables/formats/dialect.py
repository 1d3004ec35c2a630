"""Detection of a delimited file's dialect: with the right delimiter, rows have equal width."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS: Final = "\t;|,"
"""In the order of preference for equal fit: commas also occur within numbers and sentences."""

NO_DELIMITER: Final = "\x1f"
"""The delimiter for a file with a single column: the unit separator, which does not occur in text."""

MAX_ROW_BYTES: Final = 8 << 20
"""The maximum size of a row; a larger one has a quote that is never closed, or is no table."""

_SAMPLE_ROWS: Final = 300


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
class SniffResult:
    """A dialect, and the structure of the beginning of a file in it.

    Attributes:
        header: The cells of the first row that is not blank.
        header_line: The first line of the header in the file, counted from 1.
        width: The number of cells of a data row: that of the header, or one more.
        is_last_empty: Whether the last cell is empty in every row of this width.
        fit: How well the dialect fits the file, from 0 to 1.
    """

    dialect: Dialect
    header: list[str]
    header_line: int
    lines_before_data: int
    width: int
    is_last_empty: bool
    fit: float


def sniff_dialect(sample: str, *, prefer_tab: bool = False) -> SniffResult:
    """Detect the dialect from the beginning of a file.

    A delimiter fits if it occurs in the header and rows have the header's width, or one more: an unnamed first column,
    or a delimiter at the end of every row. The best fit is chosen; if none fits, the file has a single column. The
    sample is whole lines, at least one of them not blank; with `prefer_tab`, the tab is chosen if it fits at all.
    """
    backslash = bool(re.search(r'[^,;|\t\n\\]\\"[^,;|\t\n"]', sample))
    if named := re.match(r'"?sep=([\t !#-~])"?[\t ]*\n', sample, re.IGNORECASE):
        return _try_dialect(sample, Dialect(named[1], backslash), before=1)
    results = [_try_dialect(sample, Dialect(delimiter, backslash)) for delimiter in DELIMITERS]
    if prefer_tab and results[0].fit:
        return results[0]
    best = max(results, key=lambda sniffed: sniffed.fit)
    return best if best.fit else _try_dialect(sample, Dialect(NO_DELIMITER, backslash))


def _try_dialect(sample: str, dialect: Dialect, before: int = 0) -> SniffResult:
    """The structure of the sample in a dialect; `before` lines at the beginning are not part of the table."""
    reader = dialect.reader(islice(io.StringIO(sample, newline="\n"), before, None))
    line, header = 0, list[str]()
    for header in reader:
        if any(cell.strip() for cell in header):
            break
        line = reader.line_num
    lines, cells = before + reader.line_num, len(header)
    rows = [row for row in islice(reader, _SAMPLE_ROWS) if row]
    same = sum(len(row) == cells for row in rows)
    wider = sum(len(row) == cells + 1 for row in rows)
    width = cells + (wider > same)
    return SniffResult(
        dialect,
        header,
        header_line=before + line + 1,
        lines_before_data=lines,
        width=width,
        is_last_empty=not any(row[width - 1].strip() for row in rows if len(row) >= width),
        fit=(1 + max(same, 0.9 * wider)) / (1 + len(rows)) if cells > 1 else 0.0,
    )
