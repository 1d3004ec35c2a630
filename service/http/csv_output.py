"""CSV responses, encoded in chunks while they are sent, so that memory does not grow with the rows.

A spreadsheet runs a cell that begins like a formula; such text is escaped by an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flask import Request

CSV: Final = "text/csv"

Cell = str | float | int | None

CHUNK_CHARACTERS: Final = 2**16
_LONE_SIGNS: Final = frozenset({"+", "-"})
_FORMULA_PREFIXES: Final = (*"=+-@\t\r\n\0", *"\uff1d\uff0b\uff0d\uff20")
"""Those of OWASP, the full-width forms of the first four among them, and the zero byte, which programs leave out."""


class _LineFeedBuffer(io.StringIO):
    """A buffer of rows that end in CRLF for the writer, so that it quotes both characters in cells, and here in LF."""

    def write(self, row: str) -> int:
        """Add a row."""
        return super().write(f"{row[:-2]}\n")


def prefers_csv(request: Request) -> bool:
    """Whether the `Accept` header prefers CSV to JSON."""
    if CSV not in request.environ.get("HTTP_ACCEPT", ""):
        return False
    return request.accept_mimetypes.best_match(["application/json", CSV]) == CSV


def encode_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as UTF-8 CSV, in chunks of about 64 kB; a missing cell is empty."""
    buffer = _LineFeedBuffer()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([escape_formula(name) for name in header])
    for row in rows:
        writer.writerow([escape_formula(cell) if isinstance(cell, str) else cell for cell in row])
        if buffer.tell() >= CHUNK_CHARACTERS:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def encode_csv_line(cells: Sequence[str]) -> bytes:
    """One line of text cells."""
    return b"".join(encode_csv(cells, ()))


def escape_formula(text: str) -> str:
    """The text, escaped if a spreadsheet would run it as a formula; a lone sign, such as a class `+`, is none."""
    return f"'{text}" if text.startswith(_FORMULA_PREFIXES) and text not in _LONE_SIGNS else text
