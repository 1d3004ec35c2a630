"""Patience: how long to wait for a loss to fall again.

A loss falls in fits and starts, so one bad epoch says little; early stopping and the plateau schedule both count how
many epochs have brought nothing new.
"""

import math

from learning.training.checkpoint import PatienceState


class PlateauCounter:
    """Counts the epochs since a loss last fell by more than `min_delta` below the lowest that counted."""

    def __init__(self, epochs: int, min_delta: float = 0.0) -> None:
        self.patience, self.min_delta = epochs, min_delta
        self.lowest = math.inf
        self.epochs_waited = 0

    def record_loss(self, loss: float) -> None:
        """Take note of the loss of one more epoch."""
        if loss < self.lowest - self.min_delta:
            self.lowest, self.epochs_waited = loss, 0
        else:
            self.epochs_waited += 1

    @property
    def is_exhausted(self) -> bool:
        """Whether `epochs` epochs in a row have brought nothing new."""
        return self.epochs_waited >= self.patience

    def to_state(self) -> PatienceState:
        """What it counts by, for a snapshot."""
        return PatienceState(lowest=self.lowest if math.isfinite(self.lowest) else None, waited=self.epochs_waited)

    def restore(self, waiting: PatienceState) -> None:
        """Count on from there."""
        self.lowest = math.inf if waiting.lowest is None else waiting.lowest
        self.epochs_waited = waiting.waited
