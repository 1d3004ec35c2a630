"""Reader of ARFF files, as Weka writes them: names and types of the columns, then rows between commas."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Final

import polars as pl

from learning.frame import ColumnType
from tables.formats.delimited import read_rows_of
from tables.formats.dialect import Dialect
from tables.formats.encoding import detect_encoding, read_pieces
from tables.formats.headers import MAX_COLUMNS, unique_names
from tables.formats.short_rows import ShortRows
from tables.issues import IssueCollector, UnreadableFile, shorten_value

MAX_HEADER_BYTES: Final = 8 << 20
_ATTRIBUTE: Final = re.compile(
    r"@attribute\s+('(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"|[^\s{]++)\s*(.*)", re.IGNORECASE | re.DOTALL
)
_QUOTED: Final = re.compile(rb"'((?:[^'\\\n]++|\\.)*+)('?)")
_NUMERIC: Final = ("numeric", "real", "integer")
_WRITE_DENSE: Final = "Write all values of each row, as Weka's filter SparseToNonSparse does, and upload that."


class ArffReader:
    """An ARFF file: its header is read at once, the rows can be read once. `types` are those of the header, by name."""

    def __init__(self, file: BinaryIO, issues: IssueCollector, encoding: str | None = None) -> None:
        """Read the header.

        Raises:
            UnreadableFile: not-a-table, too-many-columns.
        """
        self._pieces = read_pieces(file, detect_encoding(file, encoding), issues)
        lines = self._read_header()
        attributes = [_read_attribute(line) for line in lines if line.lower().startswith("@attribute")]
        if not attributes:
            raise UnreadableFile("no-columns", "The ARFF file has no @attribute before @data.", "Add one a column.")
        self.names = unique_names([name for name, _ in attributes], issues)
        kinds: list[ColumnType | None] = [kind for _, kind in attributes]
        self.types: dict[str, ColumnType] = {
            name: kind for name, kind in zip(self.names, kinds, strict=True) if kind is not None
        }
        self._issues = issues

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column of text for each name, and the columns LINE and ROW."""
        text = self._clean_pieces()
        short_rows = ShortRows()
        dialect = Dialect(",", backslash=True)
        yield from read_rows_of(text, dialect, len(self.names), self._line, issues=self._issues, short_rows=short_rows)

    def _read_header(self) -> list[str]:
        """The lines up to @data that are no comments."""
        text = b""
        for piece in self._pieces:
            text += piece
            if found := re.search(rb"(?:^|\n)[ \t]*@data\b[^\n]*(?:\n|$)", text, re.IGNORECASE):
                break
            if len(text) > MAX_HEADER_BYTES:
                raise UnreadableFile(
                    "not-a-table", f"The ARFF file has no @data in its first {len(text):,} bytes.", "Add one."
                )
        else:
            raise UnreadableFile("no-rows", "The ARFF file has no line @data.", "Put @data above its rows.")
        self._rest, self._line = text[found.end() :], text.count(b"\n", 0, found.end()) + 1
        lines = text[: found.start()].decode("utf-8", "replace").split("\n")
        header = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("%")]
        if sum(line.lower().startswith("@attribute") for line in header) > MAX_COLUMNS:
            raise UnreadableFile(
                "too-many-columns", f"The table has more than {MAX_COLUMNS:,} columns.", "Leave some of them out."
            )
        return header

    def _clean_pieces(self) -> Iterator[bytes]:
        """The rows as CSV, in pieces of whole lines."""
        rest = b""
        for piece in chain((self._rest,), self._pieces, (b"\n",)):
            whole, found, after = piece.rpartition(b"\n")
            if not found:
                rest += piece
                continue
            yield self._clean_lines(rest + whole + found)
            rest = after

    def _clean_lines(self, text: bytes) -> bytes:
        """Lines without comments, their quotes doubled instead of single."""
        if b"{" in text and (sparse := re.search(rb"(?:^|\n)[ \t]*(\{[^\n]*)", text)):
            shown = shorten_value(sparse[1][:200].decode("utf-8", "replace"))
            raise UnreadableFile("not-a-table", f"The ARFF file has sparse rows, such as {shown}.", _WRITE_DENSE)
        if b"%" in text:
            text = re.sub(rb"(^|\n)[ \t]*%[^\n]*", rb"\1", text)
        if b"'" in text:
            text = _QUOTED.sub(_double_quotes, text)
        return text


def _double_quotes(match: re.Match[bytes]) -> bytes:
    if not match[2]:  # never closed on its line
        return match[0]
    bare = re.sub(rb"\\(.)", rb"\1", match[1])
    return b'"' + bare.replace(b'"', b'""') + b'"'


def _read_attribute(line: str) -> tuple[str, ColumnType | None]:
    """The name and type of an attribute; None for a type that is found by its cells.

    Raises:
        UnreadableFile: not-a-table.
    """
    found = _ATTRIBUTE.match(line)
    if found is None:
        shown = shorten_value(line)
        raise UnreadableFile("not-a-table", f"The ARFF line '{shown}' has no name.", "Write @attribute name type.")
    name, kind = found[1], found[2].strip().lower()
    if name[0] in "'\"":
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    if kind.startswith("{"):
        return name, "categorical"
    return name, "numeric" if kind.split(" ")[0] in _NUMERIC else None
