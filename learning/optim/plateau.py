"""Patience: the epochs without improvement that early stopping and the plateau schedule count."""

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge


@dataclass(frozen=True, kw_only=True)
class PatienceState:
    """The lowest error that counted, None before the first, and the epochs since then."""

    lowest: float | None
    waited: Annotated[int, Ge(0)]


class PlateauCounter:
    """Counts the epochs since an error last fell by more than `min_delta` below the lowest that counted.

    An error is a loss, or minus a metric that is the better the higher it is.
    """

    def __init__(self, epochs: int, min_delta: float = 0.0) -> None:
        self.patience, self.min_delta = epochs, min_delta
        self.lowest = math.inf
        self.epochs_waited = 0

    def record_error(self, error: float) -> None:
        """Record the error of one more epoch."""
        if error < self.lowest - self.min_delta:
            self.lowest, self.epochs_waited = error, 0
        else:
            self.epochs_waited += 1

    @property
    def is_exhausted(self) -> bool:
        """Whether there were `epochs` epochs in a row without improvement."""
        return self.epochs_waited >= self.patience

    def to_state(self) -> PatienceState:
        """The state for a checkpoint."""
        return PatienceState(lowest=self.lowest if math.isfinite(self.lowest) else None, waited=self.epochs_waited)

    def restore(self, state: PatienceState) -> None:
        """Continue from a state."""
        self.lowest = math.inf if state.lowest is None else state.lowest
        self.epochs_waited = state.waited
