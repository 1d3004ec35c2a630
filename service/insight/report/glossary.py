"""What the API's short names of stop reasons and metrics mean, for a beginner."""

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    "all_epochs": "It reached the epoch limit.",
    "early_stopping": "It stopped early, as the validation loss no longer improved.",
    "finished_by_user": "You ended it.",
    "time_limit": "It reached its time limit.",
}

METRICS: Final[Mapping[str, str]] = {
    "rmse": "root mean square error, the typical error in the target's own units; large errors count most",
    "mae": "mean absolute error, in the target's own units",
    "r2": "R², the share of the target's variance that is explained: 1 is all of it, 0 no more than the mean explains",
    "accuracy": "the share of rows whose class is predicted correctly",
    "macro_f1": "the mean F1 score of the classes, each class counting the same: 1 is perfect",
    "log_loss": "cross-entropy: how improbable the correct classes were found to be; 0 is perfect",
    "auc": "area under the ROC curve: how often a row of the second class gets a higher score than one of the first; "
    "0.5 is chance, 1 always",
}
