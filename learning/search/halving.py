"""Asynchronous successive halving (ASHA): at a few epochs, the rungs, only the best third of the trials go on.

Each trial is compared with those that came to the same rung before it, and waits for none: Li et al. 2020, "A system
for massively parallel hyperparameter tuning", in its variant that stops trials.
"""

from collections.abc import Sequence
from typing import Final

FACTOR: Final = 3
"""One trial out of so many goes on at a rung."""
RUNGS: Final = 3
MIN_EPOCHS: Final = 3
"""No trial stops before."""


def list_rungs(epochs: int) -> tuple[int, ...]:
    """The epochs, ascending, at which trials of at most so many epochs are compared: 1/27, 1/9 and 1/3 of them."""
    rungs = {-(-epochs // FACTOR**power) for power in range(RUNGS, 0, -1)}
    return tuple(sorted(rung for rung in rungs if MIN_EPOCHS <= rung < epochs))


def goes_on(error: float, others: Sequence[float]) -> bool:
    """Whether a trial with this error at a rung is among the best third of those that reached it, itself one of them.

    With less than two others it always does.
    """
    reached = len(others) + 1
    return reached < FACTOR or sum(other < error for other in others) < reached // FACTOR
