"""Search spaces by default: the settings that matter most for a task, each over the values that are sensible."""

from typing import Any, Final

from learning.search.space import Dimension, Range
from learning.tasks import TaskName

_RATE: Final[dict[str, Dimension]] = {"optimizer.learning_rate": Range(low=0.0003, high=0.03, log=True)}
_DECAY: Final[dict[str, Dimension]] = {"weight_decay": Range(low=1e-6, high=1e-2, log=True)}
_BATCH: Final[dict[str, Dimension]] = {"batch_size": [16, 32, 64, 128, 256]}


def _stack(activation: str, *widths: int, dropout: float = 0.0) -> list[dict[str, Any]]:
    """Dense layers of these widths, each followed by dropout if there is any."""
    layers: list[dict[str, Any]] = []
    for units in widths:
        layers.append({"type": "dense", "units": units, "activation": activation})
        if dropout:
            layers.append({"type": "dropout", "rate": dropout})
    return layers


_LAYERS: Final[dict[str, Dimension]] = {
    "layers": [
        _stack("relu", 64, 64),
        _stack("silu", 64, 64),
        _stack("silu", 32),
        _stack("silu", 128, 128),
        _stack("silu", 128, 128, dropout=0.15),
        _stack("silu", 256, 128, 64),
    ]
}
_BINS: Final[dict[str, Dimension]] = {"numeric.bins": [0, 8, 32]}


def choose_space(task: TaskName, *, has_pictures: bool, has_numbers: bool) -> dict[str, Dimension]:
    """The settings that trials choose where a sweep does not say; of pictures and texts the net itself stays."""
    if task == "language":
        return {**_RATE, **_DECAY}
    if task == "recommendation" or has_pictures:
        return {**_RATE, **_DECAY, **_BATCH}
    return {**_RATE, **_LAYERS, **_BATCH, **_DECAY, **(_BINS if has_numbers else {})}
