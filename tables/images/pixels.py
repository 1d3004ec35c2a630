"""Pictures as `decoding` wrote them into a table: one of them for people, at a size, and all of them for a net.

A net sees their pixels, or features that another net makes of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray
from PIL import Image

from learning.encoding.columns import InputColumn
from learning.frame import ImageColumn
from learning.image_features import FeatureNet, FeaturesColumn
from tables.images.feature_nets import PictureNet, load_feature_net
from tables.images.small_picture import MAX_STORED_SIDE, write_pixels

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


BYTES_PER_CELL: Final = 8
"""The bytes of a number of a table."""


class ImageReader(Protocol):
    """What a column of pictures becomes when its table is read."""

    @property
    def cells(self) -> int:
        """The numbers of a table that take as much memory as a picture."""
        ...

    def read(self, cells: pl.Series, first_row: int) -> ImageColumn | FeaturesColumn:
        """The column of the pictures in cells, of which the first is in this row of the table."""
        ...


@dataclass(frozen=True)
class PixelReader:
    """Reads pictures as pixels of one shape: channels, height and width."""

    shape: ImageShape

    @property
    def cells(self) -> int:
        """See `ImageReader`."""
        return prod(self.shape) // BYTES_PER_CELL

    def read(self, cells: pl.Series, first_row: int) -> ImageColumn:  # noqa: ARG002 - that of the protocol
        """See `ImageReader`."""
        present = cells.is_not_null().to_numpy()
        pixels = np.zeros((len(cells), *self.shape), np.uint8)
        for row in np.flatnonzero(present).tolist():
            read_pixels(cells[row], pixels[row])
        return ImageColumn(pixels, present)


@dataclass(frozen=True)
class FeatureReader:
    """Reads pictures as features, which are made now.

    Raises:
        MissingFeatureNet: this installation does not have the net.
    """

    net: FeatureNet

    @property
    def cells(self) -> int:
        """See `ImageReader`."""
        return 4 * self.net.features // BYTES_PER_CELL

    def read(self, cells: pl.Series, first_row: int) -> FeaturesColumn:  # noqa: ARG002 - that of the protocol
        """See `ImageReader`."""
        present = cells.is_not_null().to_numpy()
        values, picture_net = np.zeros((len(cells), self.net.features), np.float32), load_feature_net(self.net)
        for row in np.flatnonzero(present).tolist():
            values[row] = make_features(cells[row], picture_net, self.net)
        return FeaturesColumn(values, present, self.net)


def pixel_readers(profile: Sequence[Mapping[str, Any]], size: int | None) -> dict[str, ImageReader]:
    """The readers of columns of images, by a dataset's profile and the size that a net sees them at."""
    return {
        column["name"]: PixelReader((1 if column["images"]["grey"] else 3, size, size))
        for column in profile
        if size is not None and column["type"] == "image"
    }


def image_readers(inputs: Sequence[InputColumn]) -> dict[str, ImageReader]:
    """The readers of a model's columns of images."""
    return {
        column.name: PixelReader(column.image_shape)
        if column.feature_net is None
        else FeatureReader(column.feature_net)
        for column in inputs
        if column.image_shape is not None
    }


def make_features(data: bytes, picture_net: PictureNet, net: FeatureNet) -> NDArray[np.float32]:
    """The features (features,) of a picture of a table."""
    pixels = np.empty(net.image_shape, np.uint8)
    read_pixels(data, pixels)
    return picture_net.compute(pixels)


def read_pixels(data: bytes, out: NDArray[np.uint8]) -> None:
    """Write a picture of a table into `out` (channels, height, width)."""
    with Image.open(BytesIO(data)) as image:
        write_pixels(image, out)
