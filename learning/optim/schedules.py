"""Learning rate schedules: the learning rate as a function of the epoch, and for a plateau of the validation loss.

Large steps approach a minimum, small steps settle in it: most schedules begin near the full rate and end far below it.
"""

import math
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from annotated_types import Ge, Gt, Le, Lt

from learning.descriptions import describe
from learning.optim.plateau import PlateauCounter

FACTOR: Final = describe("What the learning rate is multiplied by.")


@dataclass(frozen=True, kw_only=True)
class Constant:
    """Constant: the same learning rate throughout."""

    type: Literal["constant"] = "constant"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Step decay: multiplies the learning rate by `factor` after every `step_epochs` epochs."""

    type: Literal["step"] = "step"
    step_epochs: Annotated[int, Ge(1)] = field(default=30, metadata=describe("Epochs between two steps down."))
    factor: Annotated[float, Gt(0.0), Lt(1.0)] = field(default=0.1, metadata=FACTOR)


@dataclass(frozen=True, kw_only=True)
class Exponential:
    """Exponential decay: multiplies the learning rate by `factor` after every epoch."""

    type: Literal["exponential"] = "exponential"
    factor: Annotated[float, Gt(0.0), Le(1.0)] = field(default=0.95, metadata=FACTOR)


@dataclass(frozen=True, kw_only=True)
class Cosine:
    """Cosine annealing: after a linear warm-up, half a cosine down to `final_fraction` (Loshchilov & Hutter 2017)."""

    type: Literal["cosine"] = "cosine"
    warmup_epochs: Annotated[int, Ge(0)] = field(
        default=0, metadata=describe("Epochs in which the learning rate first grows linearly.")
    )
    final_fraction: Annotated[float, Ge(0.0), Le(1.0)] = field(
        default=0.0, metadata=describe("Learning rate at the end, as a fraction of the full one.")
    )


@dataclass(frozen=True, kw_only=True)
class Plateau:
    """Reduce on plateau: multiplies the learning rate by `factor` when early stopping would see no improvement."""

    type: Literal["plateau"] = "plateau"
    patience: Annotated[int, Ge(1)] = field(
        default=5, metadata=describe("Epochs without improvement to wait before the rate is lowered.")
    )
    factor: Annotated[float, Gt(0.0), Lt(1.0)] = field(default=0.5, metadata=FACTOR)
    min_delta: Annotated[float, Ge(0.0)] = field(
        default=0.0,
        metadata=describe("Smallest fall of the loss, or rise of the selection metric, that counts as an improvement."),
    )
    min_learning_rate: Annotated[float, Ge(0.0)] = field(
        default=0.0, metadata=describe("The learning rate is not lowered below this.")
    )


Schedule = Constant | Step | Exponential | Cosine | Plateau


def compute_rate_fraction(schedule: Schedule, epoch: int, epochs: int) -> float:
    """Return the fraction of the full learning rate in `epoch` (from 1) of `epochs`, but for what plateaus take off."""
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
    """The learning rate of each epoch in turn, given the errors of the epochs before it."""

    def __init__(self, schedule: Schedule, full: float, epochs: int) -> None:
        self.schedule, self.epochs = schedule, epochs
        self.base_rate = full
        self.patience = PlateauCounter(schedule.patience, schedule.min_delta) if isinstance(schedule, Plateau) else None

    def rate_at(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 1."""
        return self.base_rate * compute_rate_fraction(self.schedule, epoch, self.epochs)

    def record_error(self, error: float) -> None:
        """Record the monitored error, a loss or minus a metric, of the epoch that just ended."""
        if self.patience and isinstance(self.schedule, Plateau):
            self.patience.record_error(error)
            if self.patience.is_exhausted:
                lowest = min(self.base_rate, self.schedule.min_learning_rate)
                self.base_rate = max(self.base_rate * self.schedule.factor, lowest)
                self.patience.epochs_waited = 0
