"""`ImageSpec`: how a net sees pictures; and the size, variation and layers for those that say nothing of them."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from annotated_types import Ge, Le

from learning.data.augment_spec import AugmentSpec
from learning.descriptions import describe
from learning.nn.layers import Conv, Dense, Dropout, Layer, Pool
from learning.optim import AdamW
from learning.optim.schedules import Cosine

MIN_SIZE: Final = 8
MAX_SIZE: Final = 256

DEFAULT_SIZE: Final = 64
"""The size at which photographs are seen: what is larger is made smaller."""

MAX_ROWS_AT_DEFAULT_SIZE: Final = 20_000
"""More pictures than this are seen at half of it, for each epoch passes over all of them; nor are they varied."""

DEFAULT_SHIFT: Final = 0.125
DEFAULT_ROTATION: Final = 15.0
"""How few pictures are varied. Trained on 800 cats and dogs, nets of two seeds were right for 70.5% and 71.5% of 400
others, by which this was chosen; with less dropout, a shift by a tenth and no rotation for 68.0% and 72.3%."""

FEW_EPOCHS: Final = 60
MANY_EPOCHS: Final = 15

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
    augment: AugmentSpec | None = field(
        default=None,
        metadata=describe(
            "How training pictures are varied in each epoch; {}: not at all. null: up to 20,000 are shifted by up to "
            "an eighth, and if they have colours mirrored and turned by up to 15 degrees."
        ),
    )


DEFAULT_IMAGE = ImageSpec()


def choose_image_training(rows: int) -> dict[str, Any]:
    """The fields of a `TrainingSpec` for so many pictures, but size, variation and layers.

    The rate falls to 0 along a cosine, and the best epoch is kept: so few pictures are passed often, with a validation
    loss that is uncertain, without stopping at its first rise. Batches of many are shared by two workers.
    """
    few = rows <= MAX_ROWS_AT_DEFAULT_SIZE
    return {
        "optimizer": AdamW(learning_rate=0.002),
        "schedule": Cosine(warmup_epochs=2),
        "epochs": FEW_EPOCHS if few else MANY_EPOCHS,
        "batch_size": 32 if few else 128,
        "early_stopping": None,
    }


def choose_augment(rows: int, *, grey: bool) -> AugmentSpec:
    """How so many pictures are varied: many are varied enough, and grey ones may be letters, which have a direction."""
    if rows > MAX_ROWS_AT_DEFAULT_SIZE:
        return AugmentSpec()
    return AugmentSpec(flip=not grey, shift=DEFAULT_SHIFT, rotate=0.0 if grey else DEFAULT_ROTATION)


def choose_image_size(side: int, rows: int) -> int:
    """The size for so many pictures whose sides have a median of `side` pixels: their own, if they are small."""
    largest = DEFAULT_SIZE if rows <= MAX_ROWS_AT_DEFAULT_SIZE else DEFAULT_SIZE // 2
    # a multiple of four can be halved twice
    return max(MIN_SIZE, min(largest, side if side < 16 else round(side / 4) * 4))


def choose_image_layers(size: int, rows: int) -> list[Layer]:
    """Hidden layers for so many pictures of a size: convolutions that see more and more at once, and a dense layer.

    Fewer pictures need more dropout.
    """
    dropout = Dropout(rate=0.5 if rows <= MAX_ROWS_AT_DEFAULT_SIZE else 0.25)
    layers: list[Layer] = []
    for filters in _FILTERS:
        if size < _MIN_SIDE:
            break
        layers += [Conv(filters=filters), Pool()]
        size //= 2
    return [*layers, dropout, Dense(units=64), dropout]
