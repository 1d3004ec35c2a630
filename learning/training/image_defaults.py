"""Defaults for pictures: hyperparameters by their number and size, for what a job leaves open."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from learning.data.augment_spec import AugmentSpec
from learning.nn.layers import Conv, Dense, Dropout, Layer, Pool
from learning.optim import AdamW
from learning.optim.schedules import Cosine
from learning.training.image_spec import DEFAULT_IMAGE, MIN_SIZE, ImageSpec
from learning.training.recipe import MIN_ROWS_OF_NETS, Choice, Preset, count_times

DEFAULT_SIZE: Final = 64
"""The size at which photographs are seen: what is larger is made smaller."""

MAX_FEW_PICTURES: Final = 20_000
"""More pictures than this are seen at half of that size, as an epoch passes over all of them; nor are they varied."""

DEFAULT_SHIFT: Final = 0.125
DEFAULT_ROTATION: Final = 15.0
DEFAULT_ZOOM: Final = 0.2
DEFAULT_LIGHT: Final = 0.2

FEW_EPOCHS: Final = 60
MANY_EPOCHS: Final = 15
"""Of nets that learn from features."""

MIN_EPOCHS: Final = 15
MAX_EPOCHS: Final = 200
EPOCHS_OF_THOUSAND: Final = 100

NETS_OF_FEW_PICTURES: Final = 4
"""Nets of few pictures differ much, and their mean is right of more; each learns from three quarters of them."""

MAX_PIXELS_OF_NETS: Final = 2_000 * 32**2
"""The most pixels of all pictures, as they are seen, of which several nets are trained: of more each takes long."""

EPOCHS_SHARE_OF_NETS: Final = 0.6
"""Of the epochs of one net each of several has so many: together they take about twice its time."""

FEATURE_SIZE: Final = 224
"""The size at which nets that make features mostly learned to see pictures."""

MAX_SMALL_SET: Final = 2_000
"""With up to so many pictures a net that learns from features decays its weights most."""

FEATURE_DROPOUT: Final = 0.5
FEATURE_DECAY_OF_SMALL_SET: Final = 10.0
DROPOUT_OF_FEW: Final = 0.5
"""Of nets that learn from features, and of those that see few pictures."""

MAX_SMALL_SIDE: Final = 64
SMALL_FEATURE_SIZE: Final = 160
"""Pictures of no more pixels a side are enlarged to this size only, which takes half the time."""

_FEW_FILTERS: Final = (16, 32, 64, 64)
_MANY_FILTERS: Final = (24, 48, 96, 96)
_MIN_SIDE: Final = 8
"""The least side of what is pooled; half of it where pictures are few and not tiny, for which depth was better."""

_DIRECTED_NAME: Final = re.compile(r"[^\W_]|\d+|.*\b(left|right)\b.*", re.IGNORECASE | re.DOTALL)


def choose_image_training(rows: int, side: int, *, directed: bool, image: ImageSpec = DEFAULT_IMAGE) -> dict[str, Any]:
    """The fields of a `TrainingSpec` for so many pictures whose sides have a median of `side` pixels.

    The rate falls to 0 along a cosine, and the best epoch is kept: so few pictures are passed often, with a validation
    loss that is uncertain, without stopping at its first rise. Batches of many are shared by two workers.

    Args:
        rows: The number of pictures.
        side: The median of their widths and heights in pixels.
        directed: Whether left is not right in them, as it is in letters; grey pictures may be such.
        image: The size and the variation, as far as they are decided.
    """
    few = rows <= MAX_FEW_PICTURES
    size = image.size or choose_image_size(side, rows)
    augment = choose_augment(rows, directed=directed) if image.augment is None else image.augment
    return {
        "image": replace(image, size=size, augment=augment),
        "layers": tuple(choose_image_layers(size, rows)),
        "optimizer": AdamW(learning_rate=0.002),
        "schedule": Cosine(warmup_epochs=2),
        "epochs": choose_epochs(rows),
        "batch_size": 32 if few else 128,
        "early_stopping": None,
    }


def choose_image_nets(preset: Preset, rows: int, size: int) -> dict[str, Choice]:
    """How many nets become one model of so many pictures seen at a size, and how often each passes them.

    Empty where it is one, with the epochs that `choose_image_training` chooses.
    """
    if preset == "fast" or rows < MIN_ROWS_OF_NETS or rows * size**2 > MAX_PIXELS_OF_NETS:
        return {}
    nets, epochs = count_times(preset) * NETS_OF_FEW_PICTURES, round(EPOCHS_SHARE_OF_NETS * choose_epochs(rows))
    why = (
        f"{nets}, whose mean is right of more: {rows:,} pictures of {size} pixels are few enough, and each net is "
        "validated on a fold of its own."
    )
    passes = f"{epochs} for each of {nets} nets of {rows:,} pictures: one net would have more."
    return {"nets": Choice(nets, why), "epochs": Choice(epochs, passes)}


def choose_feature_training(rows: int, side: int, image: ImageSpec = DEFAULT_IMAGE) -> dict[str, Any]:
    """The fields of a `TrainingSpec` for features of so many pictures whose sides have a median of `side` pixels.

    Features tell most things apart by themselves, so the net is small, and of few pictures its weights are kept small:
    there are more features than pictures. They are made once, so nothing is varied.
    """
    few = rows <= MAX_FEW_PICTURES
    dropout = Dropout(rate=FEATURE_DROPOUT)
    size = image.size or (SMALL_FEATURE_SIZE if side <= MAX_SMALL_SIDE else FEATURE_SIZE)
    return {
        "image": replace(image, size=size, augment=image.augment or AugmentSpec()),
        "layers": (dropout, Dense(units=64), dropout),
        "weight_decay": FEATURE_DECAY_OF_SMALL_SET if rows <= MAX_SMALL_SET else 1.0,
        "optimizer": AdamW(learning_rate=0.001),
        "schedule": Cosine(warmup_epochs=2),
        "epochs": FEW_EPOCHS if few else MANY_EPOCHS,
        "batch_size": 32 if few else 128,
        "early_stopping": None,
    }


def find_usual_regularization(image: ImageSpec) -> tuple[float, float]:
    """The most dropout and weight decay of these defaults, of pictures or of features of them; 0 of tables."""
    if image.features is not None:
        return FEATURE_DROPOUT, FEATURE_DECAY_OF_SMALL_SET
    return (DROPOUT_OF_FEW, 0.0) if image.size is not None else (0.0, 0.0)


def are_directed(classes: Iterable[str]) -> bool:
    """Whether pictures of these classes may not be mirrored: any is a letter or a number, or says left or right."""
    return any(_DIRECTED_NAME.fullmatch(name.replace("_", " ").strip()) for name in classes)


def choose_epochs(rows: int) -> int:
    """How often so many pictures are passed: a thousand 100 times, four times as many half as often."""
    epochs = round(EPOCHS_OF_THOUSAND * math.sqrt(1000 / max(rows, 1)))
    return min(max(epochs, MIN_EPOCHS), MAX_EPOCHS)


def choose_augment(rows: int, *, directed: bool) -> AugmentSpec:
    """How so many pictures are varied: many are varied enough; a mirrored or turned letter may be another one."""
    if rows > MAX_FEW_PICTURES:
        return AugmentSpec()
    if directed:
        return AugmentSpec(shift=DEFAULT_SHIFT)
    return AugmentSpec(flip=True, shift=DEFAULT_SHIFT, rotate=DEFAULT_ROTATION, zoom=DEFAULT_ZOOM, light=DEFAULT_LIGHT)


def choose_image_size(side: int, rows: int) -> int:
    """The size for so many pictures whose sides have a median of `side` pixels: their own, if they are small."""
    largest = DEFAULT_SIZE if rows <= MAX_FEW_PICTURES else DEFAULT_SIZE // 2
    # a multiple of four can be halved twice
    return max(MIN_SIZE, min(largest, side if side < 16 else round(side / 4) * 4))


def choose_image_layers(size: int, rows: int) -> list[Layer]:
    """Hidden layers for so many pictures of a size: convolutions that see more and more at once, and a dense layer.

    Fewer pictures need more dropout, and teach fewer filters.
    """
    few = rows <= MAX_FEW_PICTURES
    dropout = Dropout(rate=DROPOUT_OF_FEW if few else 0.25)
    counts = _FEW_FILTERS if few else _MANY_FILTERS
    min_side = _MIN_SIDE // 2 if few else _MIN_SIDE
    layers: list[Layer] = []
    if size < 2 * _MIN_SIDE:  # there is place for one pool
        min_side, counts = _MIN_SIDE, counts[1:]
        layers.append(Conv(filters=counts[0]))
    for filters in counts:
        if size < min_side:
            break
        layers += [Conv(filters=filters), Pool()]
        size //= 2
    return [*layers, dropout, Dense(units=64), dropout]
