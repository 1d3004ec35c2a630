"""Pictures as `decoding` wrote them into a table: one of them for people, at a size, and all of them for a net."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray
from PIL import Image

from learning.frame import ImageColumn
from tables.images.decoding import MAX_STORED_SIDE, write_pixels

MIN_SIDE: Final = 16
"""The least size of a picture for people, in pixels."""

ImageShape = tuple[int, int, int]
"""Channels, height and width in pixels."""

_PNG: Final = b"\x89PNG"


def read_picture(parquet: Path, column: str, row: int) -> bytes | None:
    """The picture of a row, counted from 0, in a column of images; None if the row has none."""
    cell = pl.scan_parquet(parquet, glob=False).slice(row, 1).select(cs.by_name(column)).collect()
    return cell.item() if cell.height else None


def resize_picture(data: bytes, side: int) -> tuple[bytes, str]:
    """The bytes of a picture whose longer side has at most `side` pixels, and their media type."""
    if side < MAX_STORED_SIDE:
        with Image.open(BytesIO(data)) as image:
            if max(image.size) > side:
                kind = image.format
                image.thumbnail((side, side), Image.Resampling.LANCZOS)
                file = BytesIO()
                image.save(file, kind, **({"quality": 85} if kind == "JPEG" else {}))
                data = file.getvalue()
    return data, "image/png" if data.startswith(_PNG) else "image/jpeg"


def encode_png(pixels: NDArray[np.uint8], max_side: int = MAX_STORED_SIDE) -> bytes:
    """Pixels, grey (height, width), RGB or RGBA (height, width, channels), as a PNG file of at most so many a side."""
    image, file = Image.fromarray(pixels), BytesIO()
    if max(image.size) > max_side:
        image.thumbnail((max_side, max_side), Image.Resampling.BOX)
    image.save(file, "PNG")
    return file.getvalue()


def image_shapes(profile: Sequence[Mapping[str, Any]], size: int | None) -> dict[str, ImageShape]:
    """The shape of pictures of each column of images, by a dataset's profile and the size that a net sees them at."""
    return {
        column["name"]: (1 if column["images"]["grey"] else 3, size, size)
        for column in profile
        if size is not None and column["type"] == "image"
    }


def read_pixels(cells: pl.Series, shape: ImageShape) -> ImageColumn:
    """A column of pictures, of which each has the same shape then."""
    present = cells.is_not_null().to_numpy()
    pixels = np.zeros((len(cells), *shape), np.uint8)
    for row in np.flatnonzero(present).tolist():
        with Image.open(BytesIO(cells[row])) as image:
            write_pixels(image, pixels[row])
    return ImageColumn(pixels, present)
