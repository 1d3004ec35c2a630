"""What a job can be told beside its dataset and target, as keyword arguments that an editor completes.

The same fields as the contract's `JobSpec`, in the shape of JSON; the server checks them and fills in the rest.
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
