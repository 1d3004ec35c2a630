"""Values drawn as small pictures: filters and feature maps in grey or their colours, saliency in blue and amber."""

from base64 import b64encode
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tables import MAX_STORED_SIDE, encode_png

OPAQUE_PERCENTILE: Final = 99.0
"""Pixels above this percentile are opaque in a saliency map, so that a few do not outshine all others."""

_BLUE: Final = np.array([36, 81, 199], np.uint8)
_AMBER: Final = np.array([229, 138, 31], np.uint8)


def to_address(png: bytes) -> str:
    """A PNG file as a `data:` address."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def draw_values(values: NDArray[np.floating], low: float, high: float, max_side: int = MAX_STORED_SIDE) -> bytes:
    """Values (height, width), or (channels, height, width) with three channels of colour, from black to white."""
    spread = high - low if high > low else 1.0
    levels = np.clip((np.nan_to_num(values) - low) / spread, 0.0, 1.0) * 255
    pixels = np.rint(levels).astype(np.uint8)
    if pixels.ndim == 3:
        pixels = pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))
    return encode_png(pixels, max_side)


def draw_saliency(contributions: NDArray[np.floating]) -> bytes:
    """Contributions of pixels (height, width): blue where positive, amber where negative, the clearer the smaller.

    Each is averaged with its neighbours, since those of single pixels change sign from one to the next.
    """
    contributions = np.nan_to_num(contributions)
    for axis in (0, 1):
        contributions = _blur(contributions, axis)
    sizes = np.abs(contributions)
    opaque = np.percentile(sizes, OPAQUE_PERCENTILE) or 1.0
    pixels: NDArray[np.uint8] = np.empty((*sizes.shape, 4), np.uint8)
    pixels[..., :3] = np.where(contributions[..., None] > 0, _BLUE, _AMBER)
    pixels[..., 3] = np.rint(np.clip(sizes / opaque, 0.0, 1.0) * 255)
    return encode_png(pixels)


def _blur(values: NDArray[np.floating], axis: int) -> NDArray[np.floating]:
    """The mean of each value and its neighbours along an axis, of which it counts half."""
    places = np.arange(np.size(values, axis))
    before, after = np.maximum(places - 1, 0), np.minimum(places + 1, len(places) - 1)
    neighbours: NDArray[np.floating] = values.take(before, axis) + values.take(after, axis)
    return values / 2 + neighbours / 4
