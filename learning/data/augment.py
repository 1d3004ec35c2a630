"""Augmentation: training pictures that are moved a little and seen in other light, differently in each epoch.

How a row's picture is changed is a pure function of (seed, epoch, row), so that a resumed training sees the same.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.augment_spec import AugmentSpec
from learning.data.row_hash import mix

_PURPOSES: Final = ("flip", "shift down", "shift right", "turn", "zoom", "brightness", "contrast")
_PART_PICTURES: Final = 32
"""Pictures whose pixels' places are computed at a time."""


def augment_images(images: NDArray[np.uint8], rows: NDArray[np.intp], spec: AugmentSpec, seed: int, epoch: int) -> None:
    """Vary the pictures (n, channels, height, width) of these rows (n,) in place; beyond an edge it goes on as there.

    A picture is flipped with a chance of 1/2; shifted by whole pixels, turned about its middle and enlarged or made
    smaller by uniformly distributed amounts, of the nearest pixel each; then its brightness and contrast change.
    """
    if not spec.is_active:
        return
    draws = dict(zip(_PURPOSES, (_draw(rows, seed, epoch, place) for place in range(len(_PURPOSES))), strict=True))
    if spec.flip:
        flipped = np.flatnonzero(draws["flip"] < 0.5)
        images[flipped] = images[flipped, :, :, ::-1]
    if spec.shift or spec.rotate or spec.zoom:
        for start in range(0, len(images), _PART_PICTURES):
            part = slice(start, start + _PART_PICTURES)
            _move(images[part], [draws[name][part] for name in ("shift down", "shift right", "turn", "zoom")], spec)
    if spec.light:
        _light(images, draws["brightness"], draws["contrast"], spec.light)


def _draw(rows: NDArray[np.intp], seed: int, epoch: int, purpose: int) -> NDArray[np.float64]:
    """A uniform number from 0 to 1 for each row (n,)."""
    key = mix(np.array([seed], np.uint64)) + np.uint64(epoch * len(_PURPOSES) + purpose)
    return (mix(mix(key) + rows.astype(np.uint64)) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _move(images: NDArray[np.uint8], draws: Sequence[NDArray[np.float64]], spec: AugmentSpec) -> None:
    """Shift, turn and enlarge pictures: each pixel comes from where it was before."""
    _, channels, height, width = images.shape
    down, right, turn, zoom = (draw.astype(np.float32)[:, None, None] for draw in draws)
    middle = np.float32((height - 1) / 2), np.float32((width - 1) / 2)
    y = np.arange(height, dtype=np.float32)[:, None] - middle[0] - _whole_pixels(down, spec.shift, height)
    x = np.arange(width, dtype=np.float32) - middle[1] - _whole_pixels(right, spec.shift, width)
    if spec.rotate or spec.zoom:
        angle = np.radians((2 * turn - 1) * np.float32(spec.rotate))
        size = np.float32(1 + spec.zoom) ** (1 - 2 * zoom)
        cos, sin = np.cos(angle) * size, np.sin(angle) * size
        y, x = y * cos - x * sin, y * sin + x * cos
    places = np.clip(np.rint(y + middle[0]), 0, height - 1).astype(np.intp) * width
    places = places + np.clip(np.rint(x + middle[1]), 0, width - 1).astype(np.intp)
    pixels = images.reshape(len(images), channels, -1)
    for picture, own in zip(pixels, places.reshape(len(images), -1), strict=True):
        picture[...] = picture.take(own, 1, mode="clip")


def _whole_pixels(draw: NDArray[np.float32], share: float, side: int) -> NDArray[np.float32]:
    """A whole number of pixels, of those up to a share of a side all equally likely."""
    limit = int(share * side)
    return np.floor(draw * np.float32(2 * limit + 1)) - np.float32(limit)


def _light(
    images: NDArray[np.uint8], brightness: NDArray[np.float64], contrast: NDArray[np.float64], most: float
) -> None:
    """Brighten or darken pictures, and spread or compress their pixels about the middle of all."""
    offsets, gains = 255 * most * (2 * brightness - 1), (1 + most) ** (2 * contrast - 1)
    levels = np.arange(256) - 127.5
    tables = np.clip(np.rint(levels * gains[:, None] + (127.5 + offsets)[:, None]), 0, 255).astype(np.uint8)
    for picture, table in zip(images, tables, strict=True):
        picture[...] = table[picture]
