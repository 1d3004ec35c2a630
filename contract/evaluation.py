"""Evaluation of a model by rows that it has not learned from; the worker stores the same fields."""

from typing import Literal

from pydantic import ConfigDict, Field

from contract.responses import ComparisonResponse, ConfidenceInterval, ResponseModel
from learning.insight.slices import SliceKind
from learning.tasks.task import BaselineName

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
    intervals: dict[str, ConfidenceInterval] | None = Field(
        default=None, description="Of these three; null of models of older versions."
    )


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
    points: list[RocPointResponse] = Field(description="At most a hundred; of many classes fewer, 20 at least.")
    interval: ConfidenceInterval | None = Field(default=None, description="Of the area.")


class AveragePointResponse(ResponseModel):
    """A point of an average ROC curve."""

    false_positive_rate: float
    true_positive_rate: float


class RocAverageResponse(ResponseModel):
    """The macro-average of ROC curves: each class counts the same."""

    auc: float = Field(description="The mean of the areas.")
    classes: int = Field(description="How many classes have rows.")
    points: list[AveragePointResponse] = Field(
        description="The mean of true positive rates at a hundred false positive rates."
    )


class PrecisionPointResponse(ResponseModel):
    """A point of a precision-recall curve: rows at or above a threshold are assigned to the class."""

    recall: float
    precision: float
    threshold: float


class PrecisionRecallResponse(ResponseModel):
    """Precision against recall of a class."""

    label: str
    average_precision: float | None
    points: list[PrecisionPointResponse] = Field(description="At most a hundred; of many classes fewer, 20 at least.")
    interval: ConfidenceInterval | None = Field(default=None, description="Of the average precision.")


class ThresholdResponse(ResponseModel):
    """The rows predicted as the class from a probability on."""

    threshold: float
    true_positives: int = Field(description="Those that are of it.")
    false_positives: int = Field(description="Those that are not.")


class GainResponse(ResponseModel):
    """The rows that are most probably of the class."""

    share: float = Field(description="The share of all rows that they are.")
    rows: int
    positives: int = Field(
        description="Those that are of the class. Their share of all positives is the gain; it divided by `share` is "
        "the lift."
    )


class ThresholdsResponse(ResponseModel):
    """What comes of each threshold of the second of two classes; errors of each kind may have costs of their own."""

    label: str
    positives: int = Field(description="The rows that are of the class.")
    negatives: int
    points: list[ThresholdResponse] = Field(description="At most 200, the highest first; 0.5 is among them.")
    gains: list[GainResponse] = Field(description="The most probable tenth of the rows, two tenths, and so on.")


class ConfidenceBinResponse(Span):
    """Rows of about the same confidence."""

    mean_confidence: float | None
    accuracy: float | None
    interval: ConfidenceInterval | None = Field(default=None, description="Of the accuracy.")


class CalibrationResponse(ResponseModel):
    """Whether the model is right as often as it is sure."""

    expected_calibration_error: float = Field(description="Over ten bins of equal width.")
    bins: list[ConfidenceBinResponse] = Field(
        description="These bins, neighbours merged until each has twenty rows; of models of older versions all ten."
    )


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


class BaselineScoreResponse(ResponseModel):
    """A baseline on the rows of the evaluation, at most 16,384 of them."""

    name: BaselineName
    metrics: dict[str, float | None]
    comparisons: dict[str, ComparisonResponse] = Field(description="The net beside it, by metric.")
    note: str | None = Field(default=None, description="What it learned from, where that is not all; a sentence.")


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
    intervals: dict[str, ConfidenceInterval] | None = Field(
        default=None, description="Of the metrics, as far as they are known; null of models of older versions."
    )
    baselines: list[BaselineScoreResponse] | None = Field(
        default=None,
        description="A constant prediction, a linear model, and boosted trees where scikit-learn is installed, fitted "
        "to the training rows and measured on these; null on another dataset, of models of older versions, and where "
        "fitting them would take too long.",
    )
    labels: list[str] | None = None
    confusion: list[list[int]] | None = Field(
        default=None, description="How many rows of each label (down) were taken for each (across)."
    )
    classes: list[ClassScoreResponse] | None = None
    roc: list[RocResponse] | None = Field(default=None, description="Of the 200 classes with the most rows.")
    roc_average: RocAverageResponse | None = Field(default=None, description="Of three classes to 200.")
    precision_recall: list[PrecisionRecallResponse] | None = None
    thresholds: ThresholdsResponse | None = Field(default=None, description="Of two classes.")
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


class SliceResponse(ResponseModel):
    """The rows with one value of a column, or with one in a range, and the score there."""

    object: Literal["slice"] = "slice"
    column: str
    kind: SliceKind
    value: str | None = Field(description="The value; null of a range, and where the cell is missing.")
    start: float | str | None = Field(description="The lowest value of a range; of a period as RFC 3339.")
    stop: float | str | None = Field(description="The highest.")
    rows: int
    score: float
    interval: ConfidenceInterval
    rest: float = Field(description="The score on all other rows.")
    difference: float = Field(description="The score minus that of the rest.")
    low: float = Field(description="The lower bound of the difference: all these bounds hold together with 95%.")
    high: float
    result: Literal["better", "worse", "tie"] = Field(
        description="Whether it is better or worse than elsewhere; a tie where the bounds have 0 between them."
    )


class SlicesResponse(ResponseModel):
    """The slices of held-out rows, the most surely worse first."""

    object: Literal["list"] = "list"
    model_id: str
    split: Literal["validation", "test"]
    metric: Literal["accuracy", "rmse"] = Field(description="Of several targets rmse is in standard deviations.")
    rows: int = Field(description="All held-out rows that were divided into slices.")
    compared: int = Field(description="How many slices were compared, by which bounds are corrected (Bonferroni).")
    data: list[SliceResponse]
    has_more: bool
