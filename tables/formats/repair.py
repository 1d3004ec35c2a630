"""Lenient parser of malformed delimited text, as in spreadsheets, with an issue for each rejected row.

Line breaks within rows, inches as 5" and unclosed quotes are common; one such row must not affect the others.
"""

import csv
import io
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from tables.formats.dialect import MAX_ROW_BYTES, Dialect
from tables.formats.short_rows import ShortRows
from tables.issues import Issue, IssueCollector, Severity, UnreadableFile, shorten_value

_END: Final = "\0"
"""A line that does not occur in a file, whose zero bytes are removed: a row that contains it has an open quote."""

_IN_QUOTE: Final = '"\n'
"""A line after which a row is open in a quote; it closes one that is open."""

_IN_CELL: Final = "x\\\n"
"""A line after which a row is open in a cell without quotes, whose line feed is escaped."""

_NEVER: Final = 1 << 62
_MIN_REGULAR_LINES: Final = 10_000
"""The minimum number of lines after an unclosed quote before the text is given back, which may be regular again."""

_ADVICE: Final = {
    "unclosed_quote": "Close the quote, or write a quote within a cell as two.",
    "too_few_cells": "Write {width} cells; the row has {cells}.",
    "too_many_cells": "Write {width} cells, and quotes around one that has a delimiter in it.",
}


@dataclass
class RepairedRows:
    """The repaired rows of a text, their lines and numbers, and the size of the text consumed."""

    data: str = ""
    line: list[int] = field(default_factory=list[int])
    row: list[int] = field(default_factory=list[int])
    size: int = 0
    lines: int = 0
    rows: int = 0


def repair_rows(
    text: bytes,
    dialect: Dialect,
    width: int,
    *,
    line: int,
    row: int,
    issues: IssueCollector,
    short_rows: ShortRows | None = None,
    last: bool,
) -> RepairedRows:
    """Rewrite the rows of a text as valid CSV: all of the same width, without blank ones, quoted only as needed.

    The text is UTF-8, its lines end in line feeds, and it begins at this line and row of the file. An incomplete row at
    its end is left for the next call, unless it is the `last` text: then an open quote is never closed.

    Raises:
        UnreadableFile: row-too-long.
    """
    short_rows = short_rows or ShortRows()
    whole = text[: text.rfind(b"\n") + 1]
    lines = io.StringIO(whole.decode(), newline="\n").readlines()
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=dialect.delimiter, lineterminator="\n")
    repaired = RepairedRows()
    give_up = last or len(whole) > MAX_ROW_BYTES
    for start, end, cells in _split_rows(lines, dialect, width, give_up=give_up):
        repaired.lines = end
        written_as = lines[start].rstrip("\n")
        if not written_as or (width > 1 and dialect.delimiter not in written_as and not written_as.strip()):
            continue
        code = _fault_code(written_as, cells, width, dialect)
        if code == "too_few_cells" and cells and short_rows.add(cells, width) and short_rows.fill:
            cells.extend([""] * (width - len(cells)))
            code = None
        short_rows.unclosed_quotes += code == "unclosed_quote"
        if code is None:
            writer.writerow(cells or ())
            repaired.line.append(line + start)
            repaired.row.append(row + repaired.rows)
        else:
            severity: Severity = "warning" if code == "empty_row" else "error"
            if issues.is_full:
                issues.count_issues(severity, rejected=1)
            else:
                value, advice = _describe_fault(code, written_as, cells or [], width, dialect)
                place = (line + start, row + repaired.rows)
                issues.add(Issue(code, severity, "row_rejected", *place, value=value, suggestion=advice))
        repaired.rows += 1
    repaired.data = output.getvalue()
    repaired.size = len(whole) - sum(len(unread.encode()) for unread in lines[repaired.lines :])
    if not repaired.size and len(text) > MAX_ROW_BYTES:
        raise UnreadableFile(
            "row-too-long",
            f"Line {line + repaired.lines} is longer than {MAX_ROW_BYTES >> 20} MiB.",
            "Check that rows end in line breaks.",
        )
    return repaired


def _split_rows(
    lines: list[str], dialect: Dialect, width: int, *, give_up: bool
) -> Iterator[tuple[int, int, list[str] | None]]:
    """Rows of cells, each with the index of its first line and of the line after it; None for an unclosed quote.

    A quote counts as unclosed if no other follows, or if closing it at the next one gives a row of several lines with
    the wrong width or with text after the closing quote: then only its first line is rejected. With `give_up` false, a
    row open at the end is left for the next call; so is the text long after an unclosed quote, which may be regular.
    """
    open_rows = _OpenRows(lines, dialect)
    begin = 0
    rejected = read_until = -1  # the last line rejected for its quote, and the line up to which rows were read in vain
    while begin < len(lines):
        if begin < read_until:
            line = _read_line(dialect, lines[begin])
            fits = not line.opening or open_rows.fits(line, begin + 1, width)
            if not fits and not give_up and open_rows.end(line.opening, begin + 1) > len(lines):
                return
            if not line.opening or not fits:
                yield begin, begin + 1, _trim_cells(line.cells, width) if fits else None
                rejected, begin = (rejected, begin + 1) if fits else (begin, begin + 1)
                continue
        reader = dialect.reader(chain(map(lines.__getitem__, range(begin, len(lines))), (_END,)))
        start = begin
        for cells in reader:
            end = begin + reader.line_num
            if end > len(lines) and (cells == [_END] or not give_up):
                return
            if rejected >= 0 and start - rejected > max(_MIN_REGULAR_LINES, len(lines) // 8):
                return
            _trim_cells(cells, width)
            if end > len(lines) or (
                end - start > 1 and not (len(cells) == width and _closes_cells(lines[start:end], dialect))
            ):
                yield start, start + 1, None
                rejected, read_until, begin = start, end, start + 1
                break
            yield start, end, cells
            start = end
            if start < read_until:
                begin = start
                break


@dataclass(frozen=True)
class _Line:
    """The cells of a line of a row.

    Attributes:
        opening: A text after which a row is open as it is after this line; empty if the row ends with the line.
        closes_cells: Whether every closing quote ends its cell.
    """

    cells: list[str]
    opening: str
    closes_cells: bool


class _OpenRows:
    """Where rows end that are open at the beginning of a line, and the number of their cells from there on.

    Rows that are open in the same way go on alike, whichever line they began on: each line is read once for each way.
    """

    def __init__(self, lines: list[str], dialect: Dialect) -> None:
        self._lines = lines
        self._dialect = dialect
        self._ends: dict[str, array[int]] = {}
        self._min_cells: dict[str, array[int]] = {}
        self._max_cells: dict[str, array[int]] = {}

    def end(self, opening: str, index: int) -> int:
        """The index of the line after a row that is open like this before a line; the end is open behind the last."""
        self._trace(opening, index)
        return self._ends[opening][index]

    def fits(self, first: _Line, index: int, width: int) -> bool:
        """Whether a row that begins with a line, the one before the index, has this width and well-formed quotes."""
        if self.end(first.opening, index) > len(self._lines) or not first.closes_cells:
            return False
        least, most = self._min_cells[first.opening][index], self._max_cells[first.opening][index]
        return least <= width - len(first.cells) <= most

    def _trace(self, opening: str, index: int) -> None:
        """Read the lines from an index to the end of the row, as far as they have not been read yet."""
        if not self._ends:
            for way in (_IN_QUOTE, _IN_CELL):
                self._ends[way], self._min_cells[way], self._max_cells[way] = (
                    array("q", bytes(8 * (len(self._lines) + 1))) for _ in range(3)
                )
        path: list[tuple[str, _Line]] = []
        while opening and index < len(self._lines) and not self._ends[opening][index]:
            line = _read_line(self._dialect, self._lines[index], opening)
            path.append((opening, line))
            opening, index = line.opening, index + 1
        end, least, most = len(self._lines) + 1, 0, 0
        if not opening:
            end = index
            while most < len(path[-1][1].cells) - 1 and _is_blank(path[-1][1].cells[-1 - most]):
                most += 1
            least, most = -most, 0
        elif index < len(self._lines):
            end, least, most = (part[opening][index] for part in (self._ends, self._min_cells, self._max_cells))
        for way, line in reversed(path):
            index -= 1
            least, most = least + len(line.cells) - 1, most + len(line.cells) - 1
            least = least if line.closes_cells else _NEVER
            self._ends[way][index], self._min_cells[way][index], self._max_cells[way][index] = end, least, most
        if index == len(self._lines):
            self._ends[opening][index] = end


def _read_line(dialect: Dialect, line: str, opening: str = "") -> _Line:
    """Read a line of a row that is open as it is after a text."""
    lines = (opening, line, _IN_QUOTE) if opening else (line, _IN_QUOTE)
    try:
        reader, closes_cells = dialect.reader(lines, strict=True), True
        cells = next(reader)
    except csv.Error:
        reader, closes_cells = dialect.reader(lines), False
        cells = next(reader)
    if reader.line_num < len(lines):
        return _Line(cells, "", closes_cells)
    return _Line(cells, _IN_QUOTE if cells[-1].endswith("\n") else _IN_CELL, closes_cells)


def _trim_cells(cells: list[str], width: int) -> list[str]:
    """The cells without blank ones at the end that are too many."""
    while len(cells) > width and _is_blank(cells[-1]):
        cells.pop()
    return cells


def _is_blank(cell: str) -> bool:
    """Whether a cell is blank and has no line break."""
    return not cell.strip() and "\n" not in cell


def _closes_cells(lines: list[str], dialect: Dialect) -> bool:
    """Whether every closing quote of a row ends its cell."""
    with suppress(csv.Error):
        return bool(list(dialect.reader(lines, strict=True)))
    return False


def _fault_code(line: str, cells: list[str] | None, width: int, dialect: Dialect) -> str | None:
    """The code of the fault of a row that begins with this line."""
    if cells is None:
        return "unclosed_quote"
    if width > 1 and not line.strip(dialect.delimiter):
        return "empty_row"
    if len(cells) == width:
        return None
    return "too_few_cells" if len(cells) < width else "too_many_cells"


def _describe_fault(code: str, line: str, cells: list[str], width: int, dialect: Dialect) -> tuple[str, str | None]:
    """The faulty text, and advice."""
    if code == "empty_row":
        return "", None
    value = dialect.delimiter.join(cells[width:]) if code == "too_many_cells" else line
    return shorten_value(value), _ADVICE[code].format(width=width, cells=len(cells))
