"""Cells that have image files, as bytes or as text of base64, as a column of small pictures."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple

import polars as pl

from tables.column_types import IMAGE_CELL
from tables.images.decoding import MAX_FILE_BYTES, Picture, raise_file_too_large
from tables.images.errors import UnusableImage
from tables.images.issues import describe_cell
from tables.images.parallel import decode_pictures
from tables.images.stats import ImageCounter
from tables.issues import IssueCollector

IMAGE_ADDRESS: Final = "data:image/"

_MAX_ADDRESS_CHARS: Final = 500
_PIECE_CHARS: Final = 2**20
"""The letters of base64 that are decoded at a time, a multiple of four: other threads wait meanwhile."""
_DATA_ADDRESS: Final = re.compile(r"data:[\w.+/-]{0,100}(?:;[\w=.+-]{0,100})*,")


File = bytes | UnusableImage | None
"""The bytes of an image file, the reason why there are none, or nothing."""


class Place(NamedTuple):
    """The place of a cell with an image: what the image is called there, its row and line, and the path of the file."""

    name: str
    row: int
    line: int | None
    path: str | None = None


def decode_cells(
    key: str,
    cells: Iterable[tuple[object, str | None, int, int | None]],
    column: str,
    counter: ImageCounter,
    issues: IssueCollector,
) -> pl.Series:
    """A column, by its key, of the pictures in cells, each with the file's name, row and line, as far as they have one.

    What cannot be used is an issue of the column, and its cell is empty.
    """
    files = ((Place(path or f"row {row}", row, line), _read_file(cell)) for cell, path, row, line in cells)
    return make_image_column(key, files, column, counter, issues)


def make_image_column(
    key: str,
    files: Iterable[tuple["Place", File]],
    column: str,
    counter: ImageCounter,
    issues: IssueCollector,
) -> pl.Series:
    """A column, by its key, of the pictures in files.

    What cannot be used is an issue of the column, and its cell is empty.
    """
    cells: list[dict[str, object] | None] = []
    for place, picture in decode_pictures(files):
        if isinstance(picture, Picture):
            counter.add(picture)
            cells.append({"bytes": picture.data, "path": place.path or place.name})
            continue
        if picture is not None:
            issues.add(describe_cell(picture, place.name, column, place.row, place.line))
        cells.append(None)
    return pl.Series(key, cells, IMAGE_CELL)


def _read_file(cell: object) -> File:
    try:
        return None if cell is None or cell == "" else read_image_bytes(cell)
    except UnusableImage as unusable:
        return unusable


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
        address = _DATA_ADDRESS.match(cell, 0, _MAX_ADDRESS_CHARS)
        start = address.end() if address else 0
        if (size := (len(cell) - start) // 4 * 3) > MAX_FILE_BYTES + 2:
            raise_file_too_large(size)
        with suppress(Base64Error, ValueError):
            pieces = range(start, len(cell), _PIECE_CHARS)
            return b"".join([b64decode(cell[at : at + _PIECE_CHARS], validate=True) for at in pieces])
    raise UnusableImage(
        "not_an_image", "Send its bytes as base64, best as an address: data:image/jpeg;base64,/9j/4AAQ…"
    )
