"""Responses of jobs: state, progress, epochs, validation."""

from typing import Annotated, Literal

from pydantic import Field

from contract.responses.base import FieldError, Problem, ResponseModel, Timestamp
from contract.responses.comparisons import ComparisonResponse, ConfidenceInterval
from contract.responses.predictions import is_none
from contract.specs import JobSpec
from contract.states import JobStatus, StopReason
from learning.insight.insight_name import InsightName
from learning.tasks.task import BaselineName
from learning.training.recipe import Preset

Reasons = Annotated[
    dict[str, str],
    Field(
        description="Why settings that were left open are chosen as they are, by name, such as `layers` or "
        "`image.size`: those that depend on the data."
    ),
]


class Progress(ResponseModel):
    """The progress of a job."""

    epoch: int
    epochs: int
    fraction: float
    prepared: float | None = Field(
        default=None, description="Before the first epoch: the share of the pictures whose features are made."
    )
    eta_seconds: float | None = None
    samples_per_second: float | None = None
    queue_position: int | None = Field(default=None, description="How many of yours run before. Null unless queued.")


class EpochResponse(ResponseModel):
    """One pass over the training rows."""

    epoch: int
    train_loss: float | None
    validation_loss: float | None = None
    metrics: dict[str, float | None] = Field(default={})
    learning_rate: float
    gradient_norm: float | None
    seconds: float
    non_finite: dict[str, str] | None = None
    net: int | None = Field(default=None, description="Of an ensemble: the net that it is of, from 1.")
    weights_sha256: str | None = Field(default=None, description="Of the weights after it.")
    sample: str | None = Field(
        default=None,
        description="Language: what the net writes after it, always with the same seed; of more than 500 epochs not "
        "every one has one.",
    )


class Latest(ResponseModel):
    """The newest epoch in short."""

    net: int | None = Field(default=None, description="Of an ensemble: the net that it is of.")
    epoch: int
    train_loss: float | None
    validation_loss: float | None = None
    metrics: dict[str, float | None] = Field(default={})


class Best(ResponseModel):
    """The epoch whose weights are kept: the best on validation rows, or on training rows where nothing is held back."""

    epoch: int | None = Field(description="Null of an ensemble: each of its nets has its own best epoch.")
    validation_loss: float | None = None
    train_loss: float | None = None
    metrics: dict[str, float | None] = Field(default={})
    selected_by: str | None = Field(
        default=None,
        description="The metric by which it is the best, the higher the better; null: the loss, the lower the better.",
    )


class Baseline(ResponseModel):
    """A way to do without a net, measured on the same rows by the same metrics."""

    name: BaselineName
    metrics: dict[str, float | None]
    comparisons: dict[str, ComparisonResponse] | None = Field(
        default=None,
        exclude_if=is_none,
        description="The net beside it by the metrics that models are judged by, on the same rows, once the job has "
        "succeeded; null where that is not known.",
    )
    note: str | None = Field(
        default=None, exclude_if=is_none, description="What it learned from, where that is not all; a sentence."
    )


class NetScore(ResponseModel):
    """The model that a job has made, on the rows of its evaluation."""

    metrics: dict[str, float | None]
    intervals: dict[str, ConfidenceInterval] = Field(description="Of the metrics, as far as they are known.")


class Baselines(ResponseModel):
    """Baselines that a net has to beat: a constant prediction, a linear model, and perhaps gradient-boosted trees."""

    naive: Baseline
    linear: Baseline
    boosted: Baseline | None = Field(
        default=None,
        exclude_if=is_none,
        description="Gradient-boosted trees, measured at the end of a training on a table, where scikit-learn is "
        "installed (the extra `baselines`).",
    )
    net: NetScore | None = Field(
        default=None,
        exclude_if=is_none,
        description="The model on the same rows as these, once the job has succeeded: all that were held out for "
        "validation, which may be more than those that chose the best epoch.",
    )


class Resume(ResponseModel):
    """An interruption that the job went on after."""

    epoch: int
    reason: str
    gap_seconds: float


class Reproduction(ResponseModel):
    """Whether a job found the weights of another again."""

    match: bool
    first_difference: int | None = Field(
        description="The first epoch after which the weights differ, of an ensemble those of any net."
    )


class NetProgress(ResponseModel):
    """A net of an ensemble, and how it fares."""

    net: int = Field(description="Its number, from 1; also that of its fold, counted from 1.")
    status: JobStatus
    stop_reason: StopReason | None = None
    epoch: int
    epochs: int
    latest: Latest | None = None
    best: Best | None = Field(default=None, description="Its best epoch, on the validation rows of its own.")
    resumes: list[Resume] = Field(default=[])


class JobResponse(ResponseModel):
    """A request to train, and how it fares."""

    object: Literal["job"] = "job"
    id: str
    status: JobStatus
    created_at: Timestamp
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    stop_reason: StopReason | None = None
    progress: Progress
    latest: Latest | None = None
    best: Best | None = Field(
        default=None,
        description="Of an ensemble, once its nets are one model: each row as predicted by the net that did not learn "
        "from it; null until then.",
    )
    nets: list[NetProgress] | None = Field(
        default=None, description="The nets of an ensemble; null of a job of one net, and in lists."
    )
    baselines: Baselines | None = Field(
        default=None, description="Null until training begins; of an ensemble until its nets are one model."
    )
    verdict: str | None = Field(
        default=None, description="How the best epoch so far compares with them, in a sentence."
    )
    spec: JobSpec
    tags: dict[str, str] = Field(
        default={}, description="Those of the spec, as they were changed since. See PATCH /v1/jobs/{job_id}."
    )
    note: str | None = Field(default=None, description="What its owner noted about it.")
    dataset_name: str | None = Field(default=None, description="Null once the dataset is deleted.")
    model_id: str | None = None
    model: str | None = Field(default=None, description="The name and version of its model, such as `houses:3`.")
    main_metric: str = Field(
        default="", description="The metric by which such nets are compared, among those of `best` and `baselines`."
    )
    curve: list[float | None] | None = Field(
        default=None, description="The loss of evenly spread epochs, of a list that asks for `curve`."
    )
    error: Problem | None = None
    warnings: list[str] = Field(default=[])
    reasons: Reasons = Field(default={})
    attempts: int = 0
    resumes: list[Resume] = Field(default=[])
    weights_sha256: str | None = None
    reproducible: bool = True
    differs_from_epoch: int | None = Field(
        default=None, description="From this epoch on it was trained on another kind of machine: the bits may differ."
    )
    sweep_id: str | None = Field(default=None, description="The sweep that it is a trial of, if any.")
    trial: int | None = Field(default=None, description="Its number in the sweep, from 1.")
    reproduces: str | None = Field(default=None, description="The job whose weights it is to find again, if any.")
    reproduction: Reproduction | None = Field(default=None, description="What came of that, once it has succeeded.")
    allowed_actions: list[str]
    unavailable: dict[InsightName, str] = Field(
        default={}, description="The insights that there are not of what it predicts, each with the reason."
    )


class Estimate(ResponseModel):
    """An estimate of a job's time and memory."""

    parameters: int = Field(description="Of an ensemble: of all nets.")
    memory_bytes: int
    seconds_per_epoch: float = Field(description="Of an ensemble: of each net.")
    seconds: float = Field(
        default=0.0,
        description="Of all epochs of all nets, one after the other, on one core: at most, since training mostly stops "
        "early.",
    )


class ValidationResponse(ResponseModel):
    """The validation of a job spec, without any training."""

    object: Literal["validation"] = "validation"
    valid: bool
    errors: list[FieldError]
    warnings: list[str]
    spec: JobSpec | None = None
    estimate: Estimate | None = None
    presets: dict[Preset, Estimate] = Field(
        default={}, description="The estimate with each preset, where presets choose anything, of a job that is valid."
    )
    reasons: Reasons = Field(default={})


SplitPart = Literal["train", "validation", "test", "left_out"]


class SplitRow(ResponseModel):
    """The part of the split that a row is in."""

    row: int = Field(description="Its number in the dataset, from 1.")
    line: int | None = Field(description="The line of the uploaded file where it begins.")
    part: SplitPart
    fold: int | None = Field(default=None, description="The number of its fold, from 0, if there are folds.")


class SplitResponse(ResponseModel):
    """The split of a job's rows, in the order of the dataset."""

    object: Literal["list"] = "list"
    counts: dict[SplitPart, int] = Field(
        description="The rows of each part; `left_out` are those without a target, or without a part."
    )
    data: list[SplitRow]
    has_more: bool
    after: int = Field(description="Pass this as `after` to go on.")
