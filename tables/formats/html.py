"""Reader of tables in web pages, as statistics programs also save them with the ending .xls: the largest one of a page.

Tags are found with one regular expression that looks at each character once, as pages may be made to be slow to read.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import polars as pl

from tables.formats.dialect import LayoutHints
from tables.formats.encoding import detect_encoding, read_pieces
from tables.formats.grid import GridReader
from tables.formats.sample import MAX_ROWS
from tables.issues import Issue, IssueCollector, UnreadableFile

MAX_HTML_BYTES: Final = 64 << 20
MAX_SPAN: Final = 1_000
MAX_CELLS: Final = 4_000_000
_MAX_CELL_CHARS: Final = 100_000
MAX_REPEATED_CHARS: Final = 1 << 26
"""The most letters that cells of several rows have in all rows after their first."""
_NO_TABLE: Final = "Download the table itself, perhaps after signing in, and upload that."

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^<>]*+)>|<!--")
_SPAN: Final = re.compile(r"\b(colspan|rowspan)\s*=\s*[\"']?\s*(\d{1,6})", re.IGNORECASE)
_CHARSET: Final = re.compile(rb"<meta[^<>]{0,300}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_HIDDEN: Final = frozenset({"script", "style", "noscript", "template", "title"})
_BREAKS: Final = frozenset({"br", "p", "div", "li"})


@dataclass
class _Table:
    """A table that is being read: its rows, and the cells of earlier rows that reach into the next, by column."""

    rows: list[list[str]] = field(default_factory=list[list[str]])
    reaching: dict[int, tuple[int, str]] = field(default_factory=dict[int, tuple[int, str]])
    text: list[str] | None = None
    spans: tuple[int, int] = (1, 1)
    cells: int = 0
    repeated_chars: int = 0

    def open_row(self) -> None:
        self.close_cell()
        self.rows.append([])
        self._fill()

    def open_cell(self, attributes: str) -> None:
        self.close_cell()
        if not self.rows:
            self.open_row()
        spans = {name.lower(): int(number) for name, number in _SPAN.findall(attributes)}
        self.spans = (
            min(max(spans.get("colspan", 1), 1), MAX_SPAN),
            min(max(spans.get("rowspan", 1), 1), MAX_SPAN),
        )
        self.text = []

    def close_cell(self) -> None:
        if self.text is None:
            return
        cell, (across, down) = _read_text("".join(self.text)), self.spans
        row, self.text = self.rows[-1], None
        for copy in range(across):
            if down > 1:
                self.reaching[len(row)] = (down - 1, "" if copy else cell)
            row.append("" if copy else cell)
            self.cells += 1
        self._fill()

    def _fill(self) -> None:
        """Add the cells of earlier rows that are next in the last row."""
        row = self.rows[-1]
        while (reaching := self.reaching.pop(len(row), None)) and len(row) < 10 * MAX_SPAN:
            left, cell = reaching
            if left > 1:
                self.reaching[len(row)] = (left - 1, cell)
            row.append(cell)
            self.cells += 1
            self.repeated_chars += len(cell)


def open_html(file: BinaryIO, issues: IssueCollector, encoding: str | None, hints: LayoutHints) -> GridReader:
    """Open the largest table of a web page.

    Raises:
        UnreadableFile: not-a-table, if there is none; too-large; others of `GridReader`.
    """
    head = file.read(4096)
    declared = encoding or ((found := _CHARSET.search(head)) and found[1].decode()) or None
    file.seek(0)
    try:
        chosen = detect_encoding(file, declared)
    except UnreadableFile:
        if encoding:
            raise
        file.seek(0)
        chosen = detect_encoding(file)
    parts, size = list[bytes](), 0
    for piece in read_pieces(file, chosen, issues):
        size += len(piece)
        if size > MAX_HTML_BYTES:
            raise UnreadableFile(
                "too-large",
                f"The web page has more than {MAX_HTML_BYTES:,} bytes, and no more are read of one.",
                "Upload its table as CSV.",
            )
        parts.append(piece)
    tables = [table for table in _find_tables(b"".join(parts).decode("utf-8", "replace")) if len(table.rows) > 1]
    if not tables:
        raise UnreadableFile("not-a-table", "The file is a web page without a table of two rows.", _NO_TABLE)
    table = max(tables, key=lambda table: sum(map(len, table.rows)))
    if len(tables) > 1:
        advice = f"The largest of {len(tables):,} tables was read. For another, upload it alone, or as CSV."
        issues.add(Issue("other_tables", "warning", "kept", value=f"{len(tables):,} tables", suggestion=advice))
    rows = [row for row in table.rows if row]
    width = max(map(len, rows))
    if width * len(rows) > MAX_CELLS:
        raise _too_many_cells()

    def load_rows(first: int) -> pl.DataFrame:
        columns = [
            pl.Series(str(place), [row[place].strip() or None if place < len(row) else None for row in rows[first:]])
            for place in range(width)
        ]
        return pl.DataFrame([column.cast(pl.String) for column in columns])

    sample = [row + [""] * (width - len(row)) for row in rows[: 2 * MAX_ROWS]]
    return GridReader(sample, load_rows, issues, hints, "The table of the web page")


def _find_tables(text: str) -> Iterator[_Table]:  # noqa: C901, PLR0912 - one loop of tags
    """The tables of a page, one within another too, with the text of their cells."""
    stack, at, cells = list[_Table](), 0, 0
    last_comment = text.rfind("-->")
    for token in _TAG.finditer(text):
        if token.start() < at:  # within what was passed over
            continue
        if stack and stack[-1].text is not None:
            stack[-1].text.append(text[at : token.start()])
        at = token.end()
        if token[2] is None:
            if at <= last_comment:
                at = text.index("-->", at) + 3
            continue
        name, closes = token[2].lower(), bool(token[1])
        if name in _HIDDEN and not closes:
            end = re.compile(rf"</{name}", re.IGNORECASE).search(text, at)
            if end is None:
                break
            at = end.start()
        elif name == "table":
            if not closes:
                stack.append(_Table())
            elif stack:
                table = stack.pop()
                table.close_cell()
                yield table
        elif stack:
            before = stack[-1].cells
            _add_tag(stack[-1], name, token[3], closes=closes)
            cells += stack[-1].cells - before
            if cells > MAX_CELLS:
                raise _too_many_cells()
            if stack[-1].repeated_chars > MAX_REPEATED_CHARS:
                raise UnreadableFile(
                    "too-large",
                    f"Cells of several rows have more than {MAX_REPEATED_CHARS:,} letters in all of their rows.",
                    "Upload the table as CSV.",
                )
    for table in reversed(stack):
        table.close_cell()
        yield table


def _add_tag(table: _Table, name: str, attributes: str, *, closes: bool) -> None:
    if name == "tr" and not closes:
        table.open_row()
    elif name in {"td", "th"}:
        table.close_cell() if closes else table.open_cell(attributes)
    elif name == "tr":
        table.close_cell()
    elif name in _BREAKS and table.text is not None:
        table.text.append(" ")


def _read_text(written: str) -> str:
    """The text of a cell, on one line, with its character references replaced."""
    try:
        text = html.unescape(written[:_MAX_CELL_CHARS])
    except ValueError:  # a reference of thousands of digits
        text = written[:_MAX_CELL_CHARS]
    return " ".join(text.split())


def _too_many_cells() -> UnreadableFile:
    return UnreadableFile(
        "too-large", f"The tables of the web page have more than {MAX_CELLS:,} cells.", "Upload the table as CSV."
    )
