"""Reader of plain text and Markdown: a table of one column, with a row for each line."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import polars as pl

from learning.frame import ColumnType
from tables.chunks import LINE, ROW, column_key
from tables.formats.dialect import MAX_ROW_BYTES
from tables.formats.encoding import detect_encoding, read_pieces
from tables.formats.magic import refuse_binary
from tables.issues import IssueCollector, UnreadableFile

TEXT_COLUMN: Final = "text"
_HEAD_BYTES: Final = 4096
_KEY: Final = column_key(0)


class LinesReader:
    """A text: its lines can be read once, with the blanks around them. A blank line is a row without a value."""

    def __init__(self, file: BinaryIO, issues: IssueCollector, encoding: str | None = None) -> None:
        """Detect the encoding.

        Raises:
            UnreadableFile: not-a-table, unknown-encoding.
        """
        head = file.read(_HEAD_BYTES)
        refuse_binary(head)
        file.seek(0)
        self._pieces = read_pieces(file, detect_encoding(file, encoding), issues)
        self.names = [TEXT_COLUMN]
        self.types: dict[str, ColumnType] = {TEXT_COLUMN: "text"}

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: the column of text, and the columns LINE and ROW.

        Raises:
            UnreadableFile: row-too-long, empty-file.
        """
        line, has_text = 1, False
        for lines in self._read_lines():
            frame = _make_frame(lines, line)
            line += frame.height
            has_text = has_text or not lines.isspace()
            yield frame
        if not has_text:
            raise UnreadableFile(
                "empty-file", "The text is empty, or has nothing but blanks.", "Upload one with words."
            )

    def _read_lines(self) -> Iterator[bytes]:
        """Whole lines, some at once, with line feeds between them.

        Raises:
            UnreadableFile: row-too-long.
        """
        rest, line = b"", 1
        for piece in self._pieces:
            whole, found, rest = (rest + piece).rpartition(b"\n")
            if max(len(whole), len(rest)) > MAX_ROW_BYTES:
                _check_lengths([*(whole.split(b"\n") if found else ()), rest], line)
            if found:
                line += whole.count(b"\n") + 1
                yield whole
        if rest:
            yield rest


def _make_frame(whole: bytes, line: int) -> pl.DataFrame:
    """Lines, which begin on a line of the file, as a chunk."""
    cells = [cell or None for cell in whole.decode("utf-8", "replace").split("\n")]
    numbers = pl.int_range(line, line + len(cells), dtype=pl.Int64, eager=True)
    return pl.DataFrame([pl.Series(_KEY, cells, pl.String), numbers.alias(LINE), numbers.alias(ROW)])


def _check_lengths(lines: list[bytes], first: int) -> None:
    """Check that no line is too long, the first of which has that number.

    Raises:
        UnreadableFile: row-too-long.
    """
    for line, text in enumerate(lines, first):
        if len(text) > MAX_ROW_BYTES:
            detail = f"Line {line:,} is longer than {MAX_ROW_BYTES >> 20} MiB, the most that is read of one."
            raise UnreadableFile("row-too-long", detail, "Break it into lines, such as one for each paragraph.")
