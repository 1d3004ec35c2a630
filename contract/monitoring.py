"""Monitoring of a model in use: what came true, accuracy over time, and drift of what it gets and predicts."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from contract.responses import ResponseModel
from contract.specs import PREDICTION_ID_PATTERN, OneLine, StrictModel

MAX_FEEDBACK: Final = 10_000

PredictionId = Annotated[str, StringConstraints(pattern=PREDICTION_ID_PATTERN)]
Label = Annotated[OneLine, StringConstraints(max_length=1000)]
Actual = bool | int | float | Label | dict[OneLine, int | float]


class FeedbackRequest(StrictModel):
    """What came true, by the ids of predictions."""

    actual: dict[PredictionId, Actual] = Field(
        min_length=1,
        max_length=MAX_FEEDBACK,
        description="For each prediction the number or the class that came true; of several targets a number of each, "
        "by its name. Given again, it replaces what was given before.",
    )


class FeedbackResponse(ResponseModel):
    """What became of it."""

    object: Literal["feedback"] = "feedback"
    model_id: str
    accepted: int = Field(description="The predictions whose outcome is known now.")
    unknown: list[str] = Field(
        description="Ids of no prediction that is kept of this model: it was made by another one, or long ago."
    )
    new_classes: list[str] = Field(description="Classes that the model does not know, at most 20: it cannot be right.")


class DriftTestResponse(ResponseModel):
    """The test of drift."""

    statistic: Literal["psi"] = "psi"
    min_psi: float = Field(description="What the population stability index must exceed in any case.")
    significance: float = Field(
        description="The chance that any column is said to have drifted when none has; divided among all columns."
    )
    correction: Literal["bonferroni"] = "bonferroni"
    min_rows: int = Field(description="With fewer recent rows nothing is said.")


class DriftBinResponse(ResponseModel):
    """A part of a distribution: a label, or the numbers above `from` up to `to`; neither: the cell is missing."""

    label: str | None = Field(default=None, description="A category; null among categories stands for all others.")
    above: float | None = Field(default=None, description="Of numbers; null in the lowest bin.")
    up_to: float | None = Field(default=None, description="Of numbers; null in the highest bin.")
    is_missing: bool = False
    reference: float = Field(description="The share of training rows; of a target, of predictions for held-out rows.")
    recent: float | None = Field(description="The share of the recent rows; null if there are none.")


class ColumnDriftResponse(ResponseModel):
    """The drift of an input column, or of what is predicted."""

    column: str
    kind: Literal["input", "output"]
    type: str
    statistic: Literal["value", "length", "typicality", "prediction"] = Field(
        description="What is compared: the cells; the characters of texts; how usual pictures are; the predictions."
    )
    psi: float | None = Field(description="The population stability index; null if there are too few rows.")
    threshold: float | None = Field(description="Above this it has drifted: min_psi, or what chance allows if larger.")
    has_drifted: bool
    bins: list[DriftBinResponse]


class AccuracyResponse(ResponseModel):
    """Predictions of an hour or a day, and how good they were as far as it is known."""

    start: str
    predictions: int
    outcomes: int = Field(description="Those of which it is known what came true.")
    metrics: dict[str, float] = Field(
        description="accuracy; or rmse and mae, of several targets with their names behind. Empty without outcomes."
    )


class MonitoringResponse(ResponseModel):
    """A model in use: accuracy over time, and drift of inputs and predictions."""

    object: Literal["monitoring"] = "monitoring"
    model_id: str
    name: str
    version: int
    predictions: int = Field(description="Predictions that are kept, of those asked for with `record=true`.")
    outcomes: int = Field(description="Those of which it is known what came true.")
    baseline: dict[str, float | None] = Field(description="The model's metrics on held-out rows, when it was trained.")
    accuracy: list[AccuracyResponse] = Field(
        description="By hours or days, the oldest first; none without predictions."
    )
    test: DriftTestResponse
    reference_rows: int | None = Field(description="The training rows that are compared with; null: see `unavailable`.")
    recent_rows: int = Field(description="The newest predictions that are compared.")
    drift: list[ColumnDriftResponse] = Field(description="What has drifted first, then the largest index first.")
    unavailable: str | None = Field(default=None, description="Why there is no drift, such as of an earlier version.")


FEEDBACK_EXAMPLE: Final = {"actual": {"prd_06f4bsa7x5vkn8q2m1w3c9tzre": 412_000}}
