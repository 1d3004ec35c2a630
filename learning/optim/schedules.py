"""How the learning rate changes from epoch to epoch.

Large steps find the valley, small steps find its floor: most schedules begin near the full rate and end far below it.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

from learning.training.early_stopping import PlateauCounter


@dataclass(frozen=True, kw_only=True)
class Constant:
    """The same learning rate throughout."""

    type: Literal["constant"] = "constant"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Multiplies the learning rate by `factor` after every `step_epochs` epochs."""

    type: Literal["step"] = "step"
    step_epochs: Annotated[int, Ge(1)] = 30
    factor: Annotated[float, Gt(0.0), Lt(1.0)] = 0.1


@dataclass(frozen=True, kw_only=True)
class Exponential:
    """Multiplies the learning rate by `factor` after every epoch."""

    type: Literal["exponential"] = "exponential"
    factor: Annotated[float, Gt(0.0), Le(1.0)] = 0.95


@dataclass(frozen=True, kw_only=True)
class Cosine:
    """Climbs linearly for `warmup_epochs`, then follows half a cosine down to `final_fraction` of the rate.

    Loshchilov & Hutter (2017), SGDR.
    """

    type: Literal["cosine"] = "cosine"
    warmup_epochs: Annotated[int, Ge(0)] = 0
    final_fraction: Annotated[float, Ge(0.0), Le(1.0)] = 0.0


@dataclass(frozen=True, kw_only=True)
class Plateau:
    """Multiplies the rate by `factor` when the watched loss has not fallen by `min_delta` for `patience` epochs.

    The rate never falls below `min_learning_rate`.
    """

    type: Literal["plateau"] = "plateau"
    patience: Annotated[int, Ge(1)] = 5
    factor: Annotated[float, Gt(0.0), Lt(1.0)] = 0.5
    min_delta: Annotated[float, Ge(0.0)] = 0.0
    min_learning_rate: Annotated[float, Ge(0.0)] = 0.0


Schedule = Constant | Step | Exponential | Cosine | Plateau


def compute_rate_fraction(schedule: Schedule, epoch: int, epochs: int) -> float:
    """Return what part of the full learning rate is used in `epoch` (from 1) of `epochs`.

    A plateau's part depends on the losses as well: see `LearningRates`.
    """
    match schedule:
        case Constant() | Plateau():
            return 1.0
        case Step():
            return schedule.factor ** ((epoch - 1) // schedule.step_epochs)
        case Exponential():
            return schedule.factor ** (epoch - 1)
        case Cosine(warmup_epochs=warmup) if epoch <= warmup:
            return epoch / (warmup + 1)
        case Cosine(warmup_epochs=warmup):
            way = (epoch - 1 - warmup) / (epochs - warmup)
            return schedule.final_fraction + (1 - schedule.final_fraction) * (1 + math.cos(math.pi * way)) / 2


class LearningRates:
    """The learning rate of each epoch in turn, given the losses of the epochs before it."""

    def __init__(self, schedule: Schedule, full: float, epochs: int) -> None:
        self.schedule, self.epochs = schedule, epochs
        self.base_rate = full
        self.patience = PlateauCounter(schedule.patience, schedule.min_delta) if isinstance(schedule, Plateau) else None

    def rate_at(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 1."""
        return self.base_rate * compute_rate_fraction(self.schedule, epoch, self.epochs)

    def record_loss(self, loss: float) -> None:
        """Take note of the watched loss of the epoch that just ended."""
        if self.patience and isinstance(self.schedule, Plateau):
            self.patience.record_loss(loss)
            if self.patience.is_exhausted:
                lowest = min(self.base_rate, self.schedule.min_learning_rate)
                self.base_rate = max(self.base_rate * self.schedule.factor, lowest)
                self.patience.epochs_waited = 0
