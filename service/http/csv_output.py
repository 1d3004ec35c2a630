"""CSV responses, encoded in chunks while they are sent, so that memory does not grow with the rows.

Text that a spreadsheet would run as a formula is escaped, see `tables.formulas`.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flask import Request

from tables.formulas import escape_formula

CSV: Final = "text/csv"

Cell = str | float | int | None

CHUNK_CHARACTERS: Final = 2**16


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
