"""Cells that have image files, as bytes or as text of base64, as a column of small pictures."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from typing import Final

import polars as pl

from tables.column_types import IMAGE_CELL
from tables.images.decoding import UnusableImage, decode_picture
from tables.images.issues import describe_cell
from tables.images.stats import ImageCounter
from tables.issues import IssueCollector

IMAGE_ADDRESS: Final = "data:image/"

_DATA_ADDRESS: Final = re.compile(r"data:[\w.+/-]{0,100}(?:;[\w=.+-]{0,100})*,")


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
    decoded: list[dict[str, object] | None] = []
    for cell, path, row, line in cells:
        name = path or f"row {row}"
        try:
            picture = None if cell is None or cell == "" else decode_picture(read_image_bytes(cell))
        except UnusableImage as unusable:
            issues.add(describe_cell(unusable, name, column, row, line))
            picture = None
        else:
            if picture is not None:
                counter.add(picture)
        decoded.append(None if picture is None else {"bytes": picture.data, "path": name})
    return pl.Series(key, decoded, IMAGE_CELL)


def read_image_bytes(cell: object) -> bytes:
    """The bytes of an image file in a cell of bytes, or of text: base64, or an address that begins with `data:`.

    Raises:
        UnusableImage: it is neither.
    """
    if isinstance(cell, bytes):
        return cell
    if isinstance(cell, str):
        address = _DATA_ADDRESS.match(cell)
        try:
            return b64decode(cell[address.end() :] if address else cell, validate=True)
        except (Base64Error, ValueError):
            pass
    raise UnusableImage(
        "not_an_image", "Send its bytes as base64, best as an address: data:image/jpeg;base64,/9j/4AAQ…"
    )
