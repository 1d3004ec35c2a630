"""`ImageSpec`: at which size a net sees pictures; and the size and the layers for those that say nothing of them."""

from dataclasses import dataclass, field
from typing import Annotated, Final

from annotated_types import Ge, Le

from learning.descriptions import describe
from learning.nn.layers import Conv, Dense, Dropout, Layer, Pool

MIN_SIZE: Final = 8
MAX_SIZE: Final = 256

DEFAULT_SIZE: Final = 64
"""The size at which photographs are seen: what is larger is made smaller."""

MAX_ROWS_AT_DEFAULT_SIZE: Final = 20_000
"""More pictures than this are seen at half of it, for each epoch passes over all of them."""

_FILTERS: Final = (16, 32, 64, 64)
_MIN_SIDE: Final = 8
"""The least side of what is pooled."""


@dataclass(frozen=True, kw_only=True)
class ImageSpec:
    """Pictures: how a net sees them."""

    size: Annotated[int, Ge(MIN_SIZE), Le(MAX_SIZE)] | None = field(
        default=None,
        metadata=describe(
            "Width and height in pixels at which the net sees pictures; all become squares. null: by their size and "
            "number."
        ),
    )


DEFAULT_IMAGE = ImageSpec()


def choose_image_size(side: int, rows: int) -> int:
    """The size for so many pictures whose sides have a median of `side` pixels: their own, if they are small."""
    largest = DEFAULT_SIZE if rows <= MAX_ROWS_AT_DEFAULT_SIZE else DEFAULT_SIZE // 2
    # a multiple of four can be halved twice
    return max(MIN_SIZE, min(largest, side if side < 16 else round(side / 4) * 4))


def choose_image_layers(size: int) -> list[Layer]:
    """Hidden layers for pictures of a size: convolutions that see more and more at once, and a dense layer."""
    layers: list[Layer] = []
    for filters in _FILTERS:
        if size < _MIN_SIDE:
            break
        layers += [Conv(filters=filters), Pool()]
        size //= 2
    return [*layers, Dropout(rate=0.25), Dense(units=64)]
