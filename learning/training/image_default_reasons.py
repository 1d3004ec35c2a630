"""Reasons of the defaults for pictures: a sentence for each setting that was chosen by their number and size.

A person who knows better can then say so, and one who does not learns what such a choice depends on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from learning.data.augment_spec import AugmentSpec
from learning.nn.layers import Conv, Layer, Pool
from learning.training.image_defaults import DEFAULT_SIZE, FEATURE_SIZE, MAX_FEW_PICTURES, MAX_SMALL_SET, MAX_SMALL_SIDE
from learning.training.image_spec import MIN_SIZE

_SCHEDULE = "The learning rate falls to 0 until the last epoch, so that every epoch before it counts."
_EARLY_STOPPING = "Off: the validation loss of few pictures is uncertain; the best epoch is kept without it."


def explain_image_training(chosen: Mapping[str, Any], rows: int, side: int, *, directed: bool) -> dict[str, str]:
    """Why `choose_image_training` chose these fields for so many pictures, by the name of the setting."""
    few, layers, size = rows <= MAX_FEW_PICTURES, chosen["layers"], chosen["image"].size
    return {
        "image.size": _explain_size(size, rows, side),
        "image.augment": _explain_augment(chosen["image"].augment, rows, directed=directed),
        "layers": _explain_layers(layers, size, rows),
        "epochs": f"{chosen['epochs']} for {_count(rows)}: four times as many are passed half as often.",
        "batch_size": f"{chosen['batch_size']}: "
        + ("few pictures take more and smaller steps an epoch." if few else "batches of many pass faster."),
        "schedule": _SCHEDULE,
        "early_stopping": _EARLY_STOPPING,
    }


def explain_feature_training(chosen: Mapping[str, Any], rows: int, side: int) -> dict[str, str]:
    """Why `choose_feature_training` chose these fields for so many pictures, by the name of the setting."""
    size, small = chosen["image"].size, side <= MAX_SMALL_SIDE
    decay = "More inputs than pictures: weights" if rows <= MAX_SMALL_SET else "Weights"
    return {
        "image.size": f"{size} pixels: "
        + (
            f"those of at most {MAX_SMALL_SIDE} are enlarged to this only, which takes half the time of {FEATURE_SIZE}."
            if small
            else "at which the net that makes the features learned to see."
        ),
        "image.augment": "None: the features of each picture are made once.",
        "layers": "One small dense layer, with dropout: the features tell most things apart by themselves.",
        "weight_decay": f"{chosen['weight_decay']:g} for {_count(rows)}. {decay} are kept small.",
        "epochs": f"{chosen['epochs']} for {_count(rows)}: an epoch on features takes little time.",
        "schedule": _SCHEDULE,
        "early_stopping": _EARLY_STOPPING,
    }


def _explain_size(size: int, rows: int, side: int) -> str:
    is_smaller = size < side - 2  # sizes are multiples of four
    if is_smaller and rows > MAX_FEW_PICTURES:
        return f"{size} pixels, smaller than they are: an epoch passes over all {_count(rows)}."
    if is_smaller and size == DEFAULT_SIZE:
        return f"{size} pixels: larger ones, here of {side:,}, are made smaller, as convolutions take time."
    if size == MIN_SIZE:
        return f"{size} pixels, the least."
    return f"{size} pixels: {'' if size == side else 'about '}as large as they are."


def _explain_augment(augment: AugmentSpec, rows: int, *, directed: bool) -> str:
    if not augment.is_active:
        return f"None: {_count(rows)} show enough variety by themselves."
    if directed:
        return (
            "Only shifted: they are grey, or what is predicted is a number, or says letters, numbers or sides, so that "
            "a mirrored or turned one may be another."
        )
    return (
        f"Mirrored, shifted, turned, and of other size and light, in each epoch anew: {_count(rows)} then teach more."
    )


def _explain_layers(layers: Sequence[Layer], size: int, rows: int) -> str:
    filters = [layer.filters for layer in layers if isinstance(layer, Conv)]
    pools = sum(isinstance(layer, Pool) for layer in layers)
    few = "Few pictures teach fewer filters and need more dropout" if rows <= MAX_FEW_PICTURES else "Many teach more"
    return (
        f"{len(filters)} convolutions of {', '.join(map(str, filters))} filters, as {size} pixels can be halved "
        f"{pools} times. {few}: {_count(rows)}, and the line is at {MAX_FEW_PICTURES:,}."
    )


def _count(rows: int) -> str:
    return f"{rows:,} pictures" if rows != 1 else "1 picture"
