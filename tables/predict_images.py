"""Pictures to predict from: the bytes of image files, or texts that have them as base64, such as `data:` addresses."""

from collections.abc import Callable, Iterator, Sequence
from threading import Semaphore
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn
from learning.frame import ImageColumn
from learning.image_features import FeatureNet, FeaturesColumn
from tables.images.budget import DecodingBudget
from tables.images.decoding import decode_pixels
from tables.images.errors import UnusableImage
from tables.images.feature_nets import load_feature_net
from tables.images.file_bytes import read_image_bytes

_MAX_DECODERS: Final = 2
"""Requests whose pictures are decoded at a time, each of which may take 128 MiB."""

_decoders: Final = Semaphore(_MAX_DECODERS)

_Report = Callable[[int, str, str, object, str | None], None]


def read_images(cells: Sequence[object], expected: InputColumn, report: _Report) -> ImageColumn | FeaturesColumn:
    """The pictures in cells, as a model sees them; what is none is reported, and missing.

    Raises:
        MissingFeatureNet: the model takes features of a net that this installation does not have.
    """
    if expected.feature_net is not None:
        return _read_features(cells, expected.feature_net, report)
    shape = expected.image_shape or (3, 1, 1)
    pixels, present = np.zeros((len(cells), *shape), np.uint8), np.zeros(len(cells), np.bool_)
    for row in _decode(cells, report, lambda row: pixels[row]):
        present[row] = True
    return ImageColumn(pixels, present)


def _read_features(cells: Sequence[object], net: FeatureNet, report: _Report) -> FeaturesColumn:
    """The features of the pictures in cells."""
    picture_net, pixels = load_feature_net(net), np.empty(net.image_shape, np.uint8)
    values, present = np.zeros((len(cells), net.features), np.float32), np.zeros(len(cells), np.bool_)
    for row in _decode(cells, report, lambda _: pixels):
        values[row], present[row] = picture_net.compute(pixels), True
    return FeaturesColumn(values, present, net)


def _decode(cells: Sequence[object], report: _Report, memory: Callable[[int], NDArray[np.uint8]]) -> Iterator[int]:
    """The rows of the pictures in cells, each once it is in the memory for its row."""
    budget = DecodingBudget()
    with _decoders:
        for row, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            try:
                budget.require_rest()
                decode_pixels(read_image_bytes(cell), memory(row), budget)
            except UnusableImage as unusable:
                report(row, f"is no picture that can be used. {unusable.reason}", unusable.code, None, None)
            else:
                yield row
