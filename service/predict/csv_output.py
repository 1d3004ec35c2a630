"""CSV out: lines made as they are sent, so that thousands of rows cost no more memory than some.

A spreadsheet runs a cell that begins like a formula; such cells of text go out behind an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flask import Request

CSV: Final = "text/csv"

Cell = str | float | int | None

CHUNK_CHARACTERS: Final = 2**16
_FORMULA_PREFIXES: Final = ("=", "+", "-", "@", "\t", "\r", "\0")


def prefers_csv(request: Request) -> bool:
    """Whether the caller would rather have CSV than JSON."""
    if CSV not in request.environ.get("HTTP_ACCEPT", ""):
        return False
    return request.accept_mimetypes.best_match(["application/json", CSV]) == CSV


def encode_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as UTF-8 CSV, in pieces of about 64 kB; a missing cell is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([escape_formula(name) for name in header])
    for row in rows:
        writer.writerow([escape_formula(cell) if isinstance(cell, str) else cell for cell in row])
        if buffer.tell() >= CHUNK_CHARACTERS:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def encode_csv_line(cells: Sequence[str]) -> bytes:
    """A line of text cells, as it would stand in such a table."""
    return b"".join(encode_csv(cells, ()))


def escape_formula(text: str) -> str:
    """The text such that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_PREFIXES) else text
