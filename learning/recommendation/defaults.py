"""The hyperparameters of a net that recommends, where a job does not name them: found on films, and bounded in size."""

from typing import Final

from learning.nn.layers import Dense, Dropout, Layer
from learning.optim import Adam

INPUT_DROPOUT: Final = 0.5
"""The share of a bag that is hidden, so that the net learns to say what it is not told (Vincent et al. 2008)."""
HIDDEN_DROPOUT: Final = 0.7
MAX_UNITS: Final = 256
MIN_UNITS: Final = 64
MAX_WEIGHTS: Final = 2**22
"""Weights of a layer from which on it has fewer units."""
MAX_RATE: Final = 0.003
MIN_RATE: Final = 0.0003
RATE_PER_USER: Final = 0.3
"""Fewer users are fewer steps an epoch, which then are larger."""
EPOCHS: Final = 300
MEASURED_ROWS: Final = 2000.0
MAX_VALIDATION: Final = 0.2
MIN_VALIDATION: Final = 0.05
"""Held-out rows that say well enough when to stop, and the bounds of their share: what is held out is not learned."""


def choose_layers(items: int) -> tuple[Layer, ...]:
    """The layers for so many items: some of the bag is dropped, and most of a hidden layer."""
    units = min(MAX_UNITS, max(MIN_UNITS, MAX_WEIGHTS // max(items, 1)))
    return (
        Dropout(rate=INPUT_DROPOUT),
        Dense(units=units, activation="tanh"),
        Dropout(rate=HIDDEN_DROPOUT),
    )


def choose_optimizer(users: int) -> Adam:
    """Adam with a learning rate for so many users."""
    return Adam(learning_rate=min(MAX_RATE, max(MIN_RATE, RATE_PER_USER / max(users, 1))))


def choose_validation(rows: int) -> float:
    """The share of so many rows that is held out to stop by."""
    return min(MAX_VALIDATION, max(MIN_VALIDATION, MEASURED_ROWS / max(rows, 1)))
