"""Evaluation of a model by rows that it has not learned from; the worker stores the same fields."""

from typing import Literal

from pydantic import ConfigDict, Field

from contract.responses import ResponseModel

Task = Literal["regression", "classification", "recommendation", "language"]


class Span(ResponseModel):
    """Values from one to another."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    start: float = Field(alias="from")
    stop: float = Field(alias="to")
    rows: int


class ClassScoreResponse(ResponseModel):
    """Precision, recall and F1 of one class against the others; null is 0 of 0."""

    label: str
    support: int = Field(description="How many rows are of this class.")
    precision: float | None = Field(description="The share of rows said to be of this class that are.")
    recall: float | None = Field(description="The share of rows of this class that are said to be.")
    f1: float | None = Field(description="The harmonic mean of both.")


class RocPointResponse(ResponseModel):
    """A point of a ROC curve: the rates when rows at or above a threshold are assigned to the class."""

    false_positive_rate: float
    true_positive_rate: float
    threshold: float | None = Field(
        description="The probability from which a row is assigned to the class; null: no row is."
    )


class RocResponse(ResponseModel):
    """The receiver operating characteristic of a class against all others."""

    label: str
    auc: float | None = Field(description="The area under the curve; null where all rows or none are of the class.")
    points: list[RocPointResponse] = Field(description="At most a hundred.")


class PrecisionPointResponse(ResponseModel):
    """A point of a precision-recall curve: rows at or above a threshold are assigned to the class."""

    recall: float
    precision: float
    threshold: float


class PrecisionRecallResponse(ResponseModel):
    """Precision against recall of a class."""

    label: str
    average_precision: float | None
    points: list[PrecisionPointResponse] = Field(description="At most a hundred.")


class ConfidenceBinResponse(Span):
    """Rows of about the same confidence."""

    mean_confidence: float | None
    accuracy: float | None


class CalibrationResponse(ResponseModel):
    """Whether the model is right as often as it is sure."""

    expected_calibration_error: float
    bins: list[ConfidenceBinResponse]


class ResidualsResponse(ResponseModel):
    """Residuals: the target minus the prediction, in the target's units."""

    mean: float
    std: float
    quantiles: dict[str, float]
    histogram: list[Span]


class ScatterResponse(ResponseModel):
    """One row: what was expected, and what was predicted."""

    expected: float
    predicted: float


class TargetEvaluationResponse(ResponseModel):
    """The errors of one of several targets."""

    target: str
    residuals: ResidualsResponse
    scatter: list[ScatterResponse]


class CoverageMeasureResponse(ResponseModel):
    """How often intervals or sets held what came true."""

    target: str | None = Field(description="The target, if there are several.")
    promised: float = Field(description="The coverage that was asked for.")
    measured: float = Field(
        description="The share of the rows whose interval or set held it. Where intervals rest on these rows "
        "themselves, each half of them is measured with the thresholds of the other half."
    )
    mean_size: float = Field(description="The mean width of the intervals, or the mean number of classes in the sets.")


class EvaluationResponse(ResponseModel):
    """The evaluation of a model on some rows; fields of the other task are null."""

    object: Literal["evaluation"] = "evaluation"
    model_id: str
    split: Literal["validation", "test", "dataset"]
    dataset_id: str | None = None
    rows: int
    task: Task
    loss: float | None = Field(
        description="The mean cross-entropy, or the mean square of the error in standard deviations of the target."
    )
    metrics: dict[str, float | None]
    naive: dict[str, float | None] = Field(
        description="The metrics of always saying the mean, or the shares of the classes in training."
    )
    labels: list[str] | None = None
    confusion: list[list[int]] | None = Field(
        default=None, description="How many rows of each label (down) were taken for each (across)."
    )
    classes: list[ClassScoreResponse] | None = None
    roc: list[RocResponse] | None = Field(default=None, description="Of the twenty classes with the most rows.")
    precision_recall: list[PrecisionRecallResponse] | None = None
    calibration: CalibrationResponse | None = None
    residuals: ResidualsResponse | None = None
    scatter: list[ScatterResponse] | None = Field(default=None, description="At most 500 rows.")
    targets: list[TargetEvaluationResponse] | None = Field(
        default=None, description="Of a model of several targets, in place of `residuals` and `scatter`."
    )
    coverage: list[CoverageMeasureResponse] | None = Field(
        default=None, description="Of intervals and sets at several levels; null if the model cannot give them."
    )
    warnings: list[str] = Field(default=[])
