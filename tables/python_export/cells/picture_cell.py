"""Reader of a cell with a picture for an exported model, and what else such a model needs: NumPy and Pillow."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from learning.export.python.runtime.picture_net import PictureNet
from tables.images.errors import UnusableImage
from tables.images.file_bytes import read_image_bytes
from tables.images.metadata import read_orientation, strip_metadata
from tables.images.small_picture import IMAGE_FORMATS, check_size, fill_pixels, reduce_image
from tables.python_export.cells.cell_error import CellError


def read_picture(cell: Any, shape: tuple[int, int, int]) -> Any:
    """The pixels of a picture, uint8 (channels, height, width): a path, or a file's bytes, as they are or in base64."""
    if cell is None or (isinstance(cell, str) and not cell):
        return None
    pixels = np.empty(shape, np.uint8)
    try:
        fill_pixels(decode_file(cell.read_bytes() if isinstance(cell, Path) else read_image_bytes(cell)), pixels)
    except UnusableImage as unusable:
        raise CellError(f"is no picture that can be used. {unusable.reason}") from None
    return pixels


def decode_file(data: bytes) -> Any:
    """The pixels of the small picture of an image file."""
    try:
        plain, exif = strip_metadata(data)
        with Image.open(BytesIO(plain), formats=IMAGE_FORMATS) as image:
            check_size(*image.size)
            return reduce_image(image, read_orientation(exif or image.info.get("exif", b"")))
    except (UnusableImage, MemoryError):
        raise
    except Exception as error:  # an image library raises whatever a broken file leads it to
        raise UnusableImage("broken_image", f"It cannot be decoded: {error}.") from None


class Pictures:
    """How an exported model sees pictures: its net begins with layers for their pixels."""

    read = staticmethod(read_picture)
    create_net = PictureNet
