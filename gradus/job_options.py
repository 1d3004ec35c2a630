"""The optional fields of a job, as keyword arguments that an editor completes.

They are those of the contract's `JobSpec`, as JSON values; a test compares the two. The server validates them and adds
the defaults.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict


class JobOptions(TypedDict, total=False):
    """The optional fields of a job, as in the API's documentation."""

    model_name: str | None
    features: Sequence[str] | None
    task: Literal["auto", "regression", "classification"]
    layers: Sequence[Mapping[str, Any]]
    loss: Literal["auto", "mse", "mae", "huber", "cross_entropy"]
    optimizer: Mapping[str, Any]
    schedule: Mapping[str, Any]
    epochs: int
    batch_size: int
    early_stopping: Mapping[str, Any] | None
    time_limit_seconds: float | None
    split: Mapping[str, float]
    weight_decay: float
    gradient_clip_norm: float | None
    class_weights: Literal["balanced"] | Mapping[str, float] | None
    seed: int
    start_from: Mapping[str, Any] | None
    tags: Mapping[str, str]
