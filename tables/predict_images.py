"""Pictures to predict from: the bytes of image files, or texts that have them as base64, such as `data:` addresses."""

from collections.abc import Callable, Sequence
from threading import Semaphore
from typing import Final

import numpy as np

from learning.encoding.columns import InputColumn
from learning.frame import ImageColumn
from tables.images.cells import read_image_bytes
from tables.images.decoding import MAX_PIXELS, UnusableImage, decode_pixels

MAX_PIXELS_AT_ONCE: Final = 250_000_000
"""The most pixels of all pictures of a request, which take some seconds to decode."""

_MAX_DECODERS: Final = 2
"""Requests whose pictures are decoded at a time, each of which may take 300 MB."""

_decoders: Final = Semaphore(_MAX_DECODERS)

_Report = Callable[[int, str, str, object, str | None], None]


def read_images(cells: Sequence[object], expected: InputColumn, report: _Report) -> ImageColumn:
    """The pictures in cells, at the size that a model sees; what is none is reported, and missing."""
    shape = expected.image_shape or (3, 1, 1)
    pixels, present, left = np.zeros((len(cells), *shape), np.uint8), np.zeros(len(cells), np.bool_), MAX_PIXELS_AT_ONCE
    with _decoders:
        for row, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            try:
                left -= decode_pixels(read_image_bytes(cell), pixels[row], min(left, MAX_PIXELS))
            except UnusableImage as unusable:
                report(row, f"is no picture that can be used. {unusable.reason}", unusable.code, None, None)
            else:
                present[row] = True
    return ImageColumn(pixels, present)
