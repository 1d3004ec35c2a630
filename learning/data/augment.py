"""Augmentation: training pictures that are flipped, shifted and turned a little, differently in each epoch.

How a row's picture is changed is a pure function of (seed, epoch, row), so that a resumed training sees the same.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.augment_spec import AugmentSpec
from learning.data.row_hash import mix

_PURPOSES: Final = ("flip", "shift down", "shift right", "turn")


def augment_images(images: NDArray[np.uint8], rows: NDArray[np.intp], spec: AugmentSpec, seed: int, epoch: int) -> None:
    """Vary the pictures (n, channels, height, width) of these rows (n,) in place; beyond an edge it goes on as there.

    A picture is flipped with a chance of 1/2, shifted by whole pixels and turned about its middle by uniformly
    distributed amounts, of the nearest pixel each.
    """
    if not spec.is_active:
        return
    flip, down, right, turn = (_draw(rows, seed, epoch, purpose) for purpose in range(len(_PURPOSES)))
    if spec.flip:
        flipped = np.flatnonzero(flip < 0.5)
        images[flipped] = images[flipped, :, :, ::-1]
    _, _, height, width = images.shape
    limits = math.floor(spec.shift * height), math.floor(spec.shift * width)
    shifts = [
        np.floor(share * (2 * limit + 1)).astype(np.intp) - limit
        for share, limit in zip((down, right), limits, strict=True)
    ]
    angles = np.radians((2 * turn - 1) * spec.rotate)
    if any(limits) or spec.rotate:
        for picture, dy, dx, angle in zip(images, *shifts, angles.tolist(), strict=True):
            picture[...] = _move(picture, int(dy), int(dx), angle)


def _draw(rows: NDArray[np.intp], seed: int, epoch: int, purpose: int) -> NDArray[np.float64]:
    """A uniform number from 0 to 1 for each row (n,)."""
    key = mix(np.array([seed], np.uint64)) + np.uint64(epoch * len(_PURPOSES) + purpose)
    return (mix(mix(key) + rows.astype(np.uint64)) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _move(picture: NDArray[np.uint8], down: int, right: int, angle: float) -> NDArray[np.uint8]:
    """A picture (channels, height, width) turned by an angle in radians, and shifted."""
    height, width = len(picture[0]), len(picture[0, 0])
    rows: NDArray[np.intp] = np.arange(height) - down
    columns: NDArray[np.intp] = np.arange(width) - right
    if not angle:
        return picture[:, np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
    middle = (height - 1) / 2, (width - 1) / 2
    y, x = (rows - middle[0])[:, None], columns - middle[1]
    source_rows = np.rint(y * math.cos(angle) - x * math.sin(angle) + middle[0]).astype(np.intp)
    source_columns = np.rint(y * math.sin(angle) + x * math.cos(angle) + middle[1]).astype(np.intp)
    return picture[:, np.clip(source_rows, 0, height - 1), np.clip(source_columns, 0, width - 1)]
