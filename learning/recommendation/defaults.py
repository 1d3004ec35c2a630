"""The hyperparameters of a net that recommends, where a job does not name them: found on films, and bounded in size."""

from typing import Final

from learning.data.split_spec import SplitSpec
from learning.nn.layers import Dense, Dropout, Layer
from learning.optim import Adam
from learning.training.spec import EarlyStopping, TrainingSpec

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
RATE_PER_WHOLE_BAG: Final = 0.7
"""Fewer users are fewer steps an epoch, which then are larger."""
RIDGE: Final = 6.0
"""Weight decay of whole bags, times the number of users: an L2 penalty of the weights beside the sum over all users."""
MAX_WEIGHT_DECAY: Final = 0.1
EPOCHS: Final = 300
WHOLE_BAG_PATIENCE: Final = 15
MEASURED_ROWS: Final = 2000.0
MAX_VALIDATION: Final = 0.2
MIN_VALIDATION: Final = 0.05
"""Held-out rows that say well enough when to stop, and the bounds of their share: what is held out is not learned."""


def choose_training(*, users: int, items: int, rows: int, whole_bags: bool) -> TrainingSpec:
    """The hyperparameters for so many users, items and rows.

    Whole bags, of which squared error is the loss, are learned by a linear net: its low rank, the hidden half of each
    bag and weight decay keep it from learning that an item goes with itself (Steck 2020, arXiv:2010.10741).
    """
    share = min(MAX_VALIDATION, max(MIN_VALIDATION, MEASURED_ROWS / max(rows, 1)))
    rate = (RATE_PER_WHOLE_BAG if whole_bags else RATE_PER_USER) / max(users, 1)
    return TrainingSpec(
        layers=_choose_layers(items, whole_bags=whole_bags),
        optimizer=Adam(learning_rate=min(MAX_RATE, max(MIN_RATE, rate))),
        epochs=EPOCHS,
        early_stopping=EarlyStopping(patience=WHOLE_BAG_PATIENCE) if whole_bags else EarlyStopping(),
        split=SplitSpec(validation=share),
        weight_decay=min(MAX_WEIGHT_DECAY, RIDGE / max(users, 1)) if whole_bags else 0.0,
    )


def _choose_layers(items: int, *, whole_bags: bool) -> tuple[Layer, ...]:
    """Some of the bag is dropped, and most of a hidden layer that is not linear."""
    units = min(MAX_UNITS, max(MIN_UNITS, MAX_WEIGHTS // max(items, 1)))
    if whole_bags:
        return (Dropout(rate=INPUT_DROPOUT), Dense(units=units, activation="linear"))
    return (
        Dropout(rate=INPUT_DROPOUT),
        Dense(units=units, activation="tanh"),
        Dropout(rate=HIDDEN_DROPOUT),
    )
