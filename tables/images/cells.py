"""Cells that have image files, as bytes or as text of base64, as a column of small pictures."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import polars as pl

from tables.column_types import IMAGE_CELL
from tables.images.decoding import Picture
from tables.images.errors import UnusableImage
from tables.images.file_bytes import read_image_bytes
from tables.images.issues import describe_cell
from tables.images.parallel import decode_pictures
from tables.images.stats import ImageCounter
from tables.issues import IssueCollector

IMAGE_ADDRESS: Final = "data:image/"


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
