"""Pictures to predict from: the bytes of image files, or texts that have them as base64, such as `data:` addresses."""

from collections.abc import Callable, Sequence
from threading import Semaphore
from typing import Final

import numpy as np

from learning.encoding.columns import InputColumn
from learning.frame import ImageColumn
from tables.images.budget import DecodingBudget
from tables.images.cells import read_image_bytes
from tables.images.decoding import decode_pixels
from tables.images.errors import UnusableImage

_MAX_DECODERS: Final = 2
"""Requests whose pictures are decoded at a time, each of which may take 128 MiB."""

_decoders: Final = Semaphore(_MAX_DECODERS)

_Report = Callable[[int, str, str, object, str | None], None]


def read_images(cells: Sequence[object], expected: InputColumn, report: _Report) -> ImageColumn:
    """The pictures in cells, at the size that a model sees; what is none is reported, and missing."""
    shape = expected.image_shape or (3, 1, 1)
    pixels, present, budget = np.zeros((len(cells), *shape), np.uint8), np.zeros(len(cells), np.bool_), DecodingBudget()
    with _decoders:
        for row, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            try:
                budget.require_rest()
                decode_pixels(read_image_bytes(cell), pixels[row], budget)
            except UnusableImage as unusable:
                report(row, f"is no picture that can be used. {unusable.reason}", unusable.code, None, None)
            else:
                present[row] = True
    return ImageColumn(pixels, present)
