"""Lenient parser of malformed delimited text, as in spreadsheets, with an issue for each rejected row.

Line breaks within rows, inches as 5" and unclosed quotes are common; one such row must not affect the others.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from tables.formats.dialect import MAX_ROW_BYTES, Dialect
from tables.issues import Issue, IssueCollector, Severity, UnreadableFile, shorten_value

_END: Final = "\0"
"""A line that does not occur in a file, whose zero bytes are removed: a row that contains it has an open quote."""

_MAX_OPEN_LINES: Final = 10_000
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
    text: bytes, dialect: Dialect, width: int, *, line: int, row: int, issues: IssueCollector, last: bool
) -> RepairedRows:
    """Rewrite the rows of a text as valid CSV: all of the same width, without blank ones, quoted only as needed.

    The text is UTF-8, its lines end in line feeds, and it begins at this line and row of the file. An incomplete row at
    its end is left for the next call, unless it is the `last` text: then an open quote is never closed.

    Raises:
        UnreadableFile: row-too-long.
    """
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
    row open at the end is left for the next call; so is the text after a quote that was open for long, which may be
    regular.
    """
    begin = 0
    while begin < len(lines):
        reader = dialect.reader(chain(map(lines.__getitem__, range(begin, len(lines))), (_END,)))
        start = begin
        for cells in reader:
            end = begin + reader.line_num
            if end > len(lines) and cells == [_END]:
                return
            if end > len(lines) and not give_up:
                return
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if end > len(lines) or (
                end - start > 1 and not (len(cells) == width and _closes_cells(lines[start:end], dialect))
            ):
                yield start, start + 1, None
                if end - start > _MAX_OPEN_LINES:
                    return
                begin = start + 1
                break
            yield start, end, cells
            start = end


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
