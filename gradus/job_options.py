"""The options of a job, as an editor completes them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from contract.specs import LossChoice, Preset


class JobOptions(TypedDict, total=False):
    """The fields of a job but its dataset, as the contract's `JobSpec` has them, in JSON.

    One of `target` and `targets`, several columns of numbers, is required, except for recommendation.
    """

    target: str | None
    targets: Sequence[str] | None

    user: str
    item: str
    text: str
    model_name: str | None
    features: Sequence[str] | None
    task: Literal["auto", "regression", "classification", "recommendation", "language"]
    preset: Preset
    layers: Sequence[Mapping[str, Any]]
    nets: int
    loss: LossChoice
    quantiles: Sequence[float] | None
    optimizer: Mapping[str, Any]
    schedule: Mapping[str, Any]
    epochs: int
    batch_size: int
    early_stopping: Mapping[str, Any] | None
    time_limit_seconds: float | None
    split: Mapping[str, object]
    weight_decay: float
    gradient_clip_norm: float | None
    weight_column: str | None
    class_weights: Literal["balanced"] | Mapping[str, float] | None
    seed: int
    start_from: Mapping[str, Any] | None
    embedding: Mapping[str, int]
    numeric: Mapping[str, Any]
    image: Mapping[str, Any]
    language: Mapping[str, Any]
    tags: Mapping[str, str]
    tracking: bool | None
