"""Detects the dialect of a delimited file: with the right delimiter, rows have equal width."""

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
"""In this order where two fit equally well: a comma also stands within numbers and sentences."""

NO_DELIMITER: Final = "\x1f"
"""The delimiter of a file with a single column: the unit separator, which does not occur."""

MAX_ROW_BYTES: Final = 8 << 20
"""No row may take more bytes than this; more is a quote that was never closed, or no table."""

_SAMPLE_ROWS: Final = 300


@dataclass(frozen=True)
class Dialect:
    """The delimiter, and whether quotes within cells are written as backslash and quote."""

    delimiter: str
    backslash: bool = False

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> "Reader":
        """Split lines into rows of cells as the standard library does, blanks after a delimiter left out.

        With `strict`, it raises `csv.Error` where a cell goes on after its closing quote.
        """
        csv.field_size_limit(2 * MAX_ROW_BYTES)
        escape = "\\" if self.backslash else None
        return csv.reader(lines, delimiter=self.delimiter, escapechar=escape, skipinitialspace=True, strict=strict)


@dataclass(frozen=True)
class SniffResult:
    """A dialect, and what the beginning of a file looks like in it.

    Attributes:
        header: The cells of the first row that is not blank.
        header_line: The line of the file that the header begins on, counted from 1.
        width: How many cells a row of the data has: as many as the header, or one more.
        is_last_empty: Whether the last cell is empty in every row that is wide enough to have it.
        fit: How well all this fits the file, from 0 to 1.
    """

    dialect: Dialect
    header: list[str]
    header_line: int
    lines_before_data: int
    width: int
    is_last_empty: bool
    fit: float


def sniff_dialect(sample: str, *, prefer_tab: bool = False) -> SniffResult:
    """Find the dialect from the beginning of a file.

    A delimiter fits if the header has it and rows have the header's width, or one more: an unnamed first column, or a
    delimiter at the end of every row. The best fit wins; without any, the file has a single column. The sample is whole
    lines, of which one is not blank; with `prefer_tab`, the tab is taken if it fits at all.
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
    """What the sample looks like in a dialect, when its first lines are no part of the table."""
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
