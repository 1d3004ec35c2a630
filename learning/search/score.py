"""Scores of trials: the metric that a search improves, and its error, the smaller the better."""

from collections.abc import Mapping
from typing import Any, Final

from learning.tasks import TaskName

LOSS: Final = "validation_loss"

METRICS: Final[Mapping[TaskName, tuple[str, ...]]] = {
    "regression": (LOSS, "rmse", "mae", "r2", "pinball"),
    "classification": (LOSS, "accuracy", "macro_f1", "log_loss", "auc"),
    "recommendation": (LOSS, "rmse", "mae", "recall_at_10", "ndcg_at_10", "map_at_10"),
    "language": (LOSS, "perplexity", "bits_per_character", "accuracy"),
}
"""The metrics of an epoch by which trials may be compared."""

AUTO_METRICS: Final[Mapping[str, str]] = {**dict.fromkeys(METRICS, LOSS), "choices": "ndcg_at_10"}
"""The metric that is improved unless another is asked for, by task; `choices` are recommendations without ratings."""

ERRORS: Final = frozenset(
    {LOSS, "train_loss", "rmse", "mae", "pinball", "log_loss", "perplexity", "bits_per_character", "loss"}
)
"""Metrics that are errors; the others are the better the higher they are."""


def read_metric(record: Mapping[str, Any] | None, metric: str) -> float | None:
    """A metric in the record of an epoch, which has `metrics` and the losses; None if it is not there or not finite."""
    if record is None:
        return None
    measured: Mapping[str, Any] = record if metric in {LOSS, "train_loss"} else record["metrics"] or {}
    value = measured.get(metric)
    return None if value is None else float(value)


def is_error(metric: str) -> bool:
    """Whether less of a metric is better."""
    return metric in ERRORS


def to_error(value: float, metric: str) -> float:
    """The error that a search makes as small as possible: the metric, or its negative."""
    return value if is_error(metric) else -value
