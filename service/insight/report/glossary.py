"""What the API's short names mean, in words that a beginner reads."""

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    "all_epochs": "It went through all the epochs that were asked for.",
    "early_stopping": "It stopped by itself, since the rows that were kept back were predicted no better any more.",
    "finished_by_user": "It was told to finish.",
    "time_limit": "Its time was up.",
}

METRICS: Final[Mapping[str, str]] = {
    "rmse": "root mean square error: how far off it is, in the target's own units; large errors count most",
    "mae": "mean absolute error: how far off it is on average, in the target's own units",
    "r2": "the part of the target's variation that is explained: 1 is all of it, 0 no more than the mean does",
    "accuracy": "the share of rows whose class is right",
    "macro_f1": "how well classes are found and not mixed up, each class counting alike: 1 is perfect",
    "log_loss": "how surprised it is by the right answers: 0 is not at all",
    "auc": "how often a row of the second class gets a higher score than one of the first: 0.5 is chance, 1 always",
}

OPTIMIZERS: Final[Mapping[str, str]] = {
    "sgd": "gradient descent",
    "rmsprop": "RMSprop, gradient descent with a step of its own size for each weight",
    "adam": "Adam, gradient descent with a step of its own size for each weight",
    "adamw": "AdamW, gradient descent with a step of its own size for each weight",
}
