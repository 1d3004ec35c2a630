"""The bytes of an image file in a cell: as they are, or in base64, as JSON and CSV carry them."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from contextlib import suppress
from typing import Final, NoReturn

from tables.images.errors import UnusableImage

MAX_FILE_BYTES: Final = 20_000_000
MAX_ADDRESS_CHARS: Final = 500
MAX_PIECE_CHARS: Final = 2**20
"""The letters of base64 that are decoded at a time, a multiple of four: other threads wait meanwhile."""
DATA_ADDRESS: Final = re.compile(r"data:[\w.+/-]{0,100}(?:;[\w=.+-]{0,100})*,")


def read_image_bytes(cell: object) -> bytes:
    """The bytes of an image file in a cell of bytes, or of text: base64, or an address that begins with `data:`.

    Raises:
        UnusableImage: it is neither.
    """
    if isinstance(cell, bytes):
        return cell
    if isinstance(cell, str):
        if "\n" in cell:  # base64 is often written in lines
            cell = cell.replace("\r", "").replace("\n", "")
        address = DATA_ADDRESS.match(cell, 0, MAX_ADDRESS_CHARS)
        start = address.end() if address else 0
        if (size := (len(cell) - start) // 4 * 3) > MAX_FILE_BYTES + 2:
            raise_file_too_large(size)
        with suppress(Base64Error, ValueError):
            pieces = range(start, len(cell), MAX_PIECE_CHARS)
            return b"".join([b64decode(cell[at : at + MAX_PIECE_CHARS], validate=True) for at in pieces])
    raise UnusableImage(
        "not_an_image", "Send its bytes as base64, best as an address: data:image/jpeg;base64,/9j/4AAQ…"
    )


def raise_file_too_large(size: int) -> NoReturn:
    """Raise UnusableImage for a file of more than MAX_FILE_BYTES."""
    raise UnusableImage("file_too_large", f"It has {size:,} bytes, and at most {MAX_FILE_BYTES:,} are read.")
