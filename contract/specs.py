"""`JobSpec`: what a person asks for when they ask for training, with every default filled in."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from learning.nn.layers import Dense, Layer
from learning.nn.losses import LOSS_DESCRIPTIONS, LossChoice
from learning.optim import Adam, Optimizer
from learning.optim.schedules import Constant, Schedule

OneLine = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Text without control characters, and so on one line."""
FreeText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Text without control characters other than tabs and line breaks."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
ColumnName = Annotated[OneLine, StringConstraints(min_length=1, max_length=256)]
DatasetId = Annotated[str, StringConstraints(pattern=r"^ds_[0-9a-hjkmnp-tv-z]{26}$")]
Tag = Annotated[OneLine, StringConstraints(max_length=256)]
RowToPredict = dict[OneLine, bool | int | float | FreeText | None]
"""The cells of a row by their columns."""


class StrictModel(BaseModel):
    """The base of everything that comes in: no unknown field, no coercion, no NaN, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class EarlyStopping(StrictModel):
    """Early stopping: stop when the validation loss hasn't improved for `patience` epochs."""

    patience: int = Field(default=10, ge=1, le=100_000, description="Epochs without improvement before training stops.")
    min_delta: float = Field(default=0.0, ge=0.0, description="Smallest fall of the loss that counts as improvement.")


class Split(StrictModel):
    """Split: the shares of the rows that are held out, chosen at random."""

    validation: float = Field(
        default=0.2, ge=0.0, le=0.9, description="Validation rows: every epoch is measured on them, to find the best."
    )
    test: float = Field(
        default=0.0, ge=0.0, le=0.9, description="Test rows: measured once, at the end, with the finished model."
    )


class StartFrom(StrictModel):
    """Warm start: whose weights to begin with, a job's or a model's."""

    job_id: Annotated[str, StringConstraints(pattern=r"^job_[0-9a-hjkmnp-tv-z]{26}$")] | None = Field(
        default=None, description="The job whose model to begin with."
    )
    model: Annotated[str, StringConstraints(min_length=1, max_length=160)] | None = Field(
        default=None, description="The model to begin with, by its id, name, `name:3` or `name@alias`."
    )
    epoch: int | None = Field(default=None, ge=1, description="An epoch whose weights are kept; by default the best.")


class JobSpec(StrictModel):
    """A request to train a net. Only `dataset_id` and `target` are required."""

    dataset_id: DatasetId = Field(description="The dataset to learn from.")
    target: ColumnName = Field(description="The column to predict.")
    model_name: Name | None = Field(None, description="The model's name; by default the dataset's, without its ending.")
    features: Annotated[list[ColumnName], Field(fail_fast=True)] | None = Field(
        default=None, min_length=1, description="The columns to predict from; by default all but the target."
    )
    task: Literal["auto", "regression", "classification"] = Field(
        default="auto", description="`auto`: a numeric target is regression, any other classification."
    )
    layers: list[Annotated[Layer, Field(discriminator="type")]] = Field(
        default=[Dense(units=64), Dense(units=64)],
        max_length=64,
        description="The hidden layers; the output layer follows from the target. Empty: a linear model.",
    )
    loss: LossChoice = Field(
        default="auto",
        description="Loss: what training minimises. `auto`: mse for regression, cross_entropy for classification.",
        json_schema_extra={"x-enumDescriptions": {**LOSS_DESCRIPTIONS}},
    )
    optimizer: Annotated[Optimizer, Field(discriminator="type")] = Field(
        default=Adam(), description="Optimizer: how a gradient becomes a step of the weights."
    )
    schedule: Annotated[Schedule, Field(discriminator="type")] = Field(
        default=Constant(), description="Learning rate schedule: how the rate changes from epoch to epoch."
    )
    epochs: int = Field(
        default=100, ge=1, le=1_000_000, description="Epochs: how often to go through all training rows, at most."
    )
    batch_size: int = Field(
        default=32,
        ge=1,
        le=1_000_000,
        description="Rows per step of gradient descent. Small batches: more and noisier steps.",
    )
    early_stopping: EarlyStopping | None = Field(
        default=EarlyStopping(), description="When to stop early; null: train all epochs."
    )
    time_limit_seconds: float | None = Field(
        default=None,
        gt=0.0,
        le=1e9,
        description="End with the best epoch so far once workers have had the job for so long, all attempts together, "
        "without the time that it waited or was paused. null: no limit.",
    )
    split: Split = Field(default=Split(), description="The rows that are held out.")
    weight_decay: float = Field(
        default=0.0, ge=0.0, le=10.0, description="Weight decay (L2): pulls weights towards zero, against overfitting."
    )
    gradient_clip_norm: float | None = Field(
        default=None, gt=0.0, description="Gradient clipping: scale a gradient longer than this down to it."
    )
    class_weights: Literal["balanced"] | dict[OneLine, Annotated[float, Field(gt=0.0)]] | None = Field(
        default=None,
        description="Class weights: how much an error on each class counts; `balanced`: inversely to its frequency.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**53 - 1,
        description="Seed of all randomness: the same spec, data and seed give the same net.",
    )
    start_from: StartFrom | None = Field(
        default=None,
        description="Warm start: begin with a model's weights and encoding of columns, on the same or other rows.",
    )
    tags: dict[Annotated[OneLine, StringConstraints(min_length=1, max_length=64)], Tag] = Field(
        default={}, max_length=32, description="Names and values of your own, to find the job by."
    )
