"""Statistics of pictures that no net needs to learn: how bright, how contrasted, how smooth, how coloured they are."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SCALES: Final = (1, 2, 4)
"""Edges are measured between pixels, and between means of squares of so many."""
MIN_SIDE: Final = 3
STEP: Final = 1 / 255
"""A step of a pixel, which is added before a logarithm is taken."""
THUMBNAIL_SIDE: Final = 8


def compute_picture_stats(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The statistics of pictures (rows, channels, height, width): float64 (rows, statistics).

    The mean and the logarithm of the deviation of each channel; the logarithm of the mean edge of the brightness at
    each scale; with colours the logarithms of how much they differ; the logarithm of the share of one even colour.
    """
    pixels = images.astype(np.float32) / 255
    brightness = pixels.mean(axis=1)
    columns = [pixels.mean(axis=(2, 3)), _log(pixels.std(axis=(2, 3)))]
    for scale in SCALES:
        small = average_squares(brightness[:, None], scale)[:, 0]
        if min(small.shape[1:]) >= MIN_SIDE:
            across, down = np.abs(np.diff(small, axis=2)), np.abs(np.diff(small, axis=1))
            columns.append(_log(across.mean(axis=(1, 2)) + down.mean(axis=(1, 2)))[:, None])
    if pixels.shape[1] == 3:
        colours = [pixels[:, 0] - pixels[:, 1], pixels[:, 2] - brightness]
        columns += [_log(colour.std(axis=(1, 2)))[:, None] for colour in colours]
    middle = np.median(pixels, axis=(2, 3), keepdims=True)
    even = (np.abs(pixels - middle) < 4 * STEP).mean(axis=(1, 2, 3))
    return np.concatenate([*columns, np.log(even + 0.01)[:, None]], axis=1, dtype=np.float64)


def shrink(images: NDArray[np.uint8]) -> NDArray[np.floating]:
    """Pictures of 8 x 8 pixels (rows, values) that show the same, from 0 to 1; smaller ones as they are."""
    scale = max(min(images.shape[2:]) // THUMBNAIL_SIDE, 1)
    return average_squares(images.astype(np.float32) / 255, scale).reshape(len(images), -1)


def average_squares(pixels: NDArray[np.floating], scale: int) -> NDArray[np.floating]:
    """The means of squares of so many pixels; what is left over at the right and below is not looked at."""
    rows, channels, height, width = pixels.shape
    height, width = height // scale, width // scale
    squares = pixels[:, :, : height * scale, : width * scale].reshape(rows, channels, height, scale, width, scale)
    return squares.mean(axis=(3, 5))


def _log(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.log(values + np.float32(STEP))
