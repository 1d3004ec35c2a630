"""Hard examples and explanations of a model; the worker stores the same fields."""

from typing import Annotated, Any, Literal

from pydantic import Field

from contract.pictures import SaliencyMap
from contract.responses import ResponseModel
from contract.responses.comparisons import ComparisonResponse
from contract.responses.predictions import is_none

Part = Literal["validation", "test", "train"]
MistakeKind = Literal["worst", "uncertain", "suspect_label"]
Cell = Annotated[Any, Field(description="As in the uploaded file; null if it is missing.")]


class NearestResponse(ResponseModel):
    """A training row that is like another one."""

    line: int | None
    row: int
    given: dict[str, Cell]
    expected: str | float | None
    distance: float = Field(description="Euclidean, of what the net is given: a standard deviation of a number is 1.")


class MistakeResponse(ResponseModel):
    """A row to look at."""

    object: Literal["mistake"] = "mistake"
    line: int | None = Field(description="The line of the uploaded file on which the row begins, counted from 1.")
    row: int = Field(description="The row of the dataset, counted from 1.")
    split: Part
    given: dict[str, Cell]
    target: str | None = Field(
        default=None,
        description="Of several targets the one that `expected` and `predicted` are of: the farthest off, in standard "
        "deviations, and for suspect_label the most suspect.",
    )
    expected: str | float | None
    predicted: str | float
    probabilities: dict[str, float] | None = Field(description="Of the twenty most probable classes.")
    confidence: float | None = Field(description="The probability of the predicted class.")
    loss: float
    score: float = Field(
        description="What the list is ordered by. worst: the loss. uncertain: minus how much likelier the most "
        "probable class is than the next; for numbers, how much the nearest training rows differ in the target. "
        "suspect_label: from 0 to 1, how much the net and the nearest training rows speak against the label; for a "
        "number, by how many standard deviations."
    )
    nearest: list[NearestResponse] = Field(description="The three training rows that are most like it.")


class ConfusionRowResponse(ResponseModel):
    """A row behind a cell of a confusion matrix."""

    object: Literal["confusion_row"] = "confusion_row"
    row: int = Field(description="The row of the dataset, counted from 1.")
    actual: str
    predicted: str
    confidence: float = Field(description="The probability of the predicted class.")


class ConfusionRowsResponse(ResponseModel):
    """The rows behind a cell of a confusion matrix, the largest loss first."""

    object: Literal["list"] = "list"
    data: list[ConfusionRowResponse]
    has_more: bool


class MistakesResponse(ResponseModel):
    """Rows to look at, the first to be looked at first."""

    object: Literal["list"] = "list"
    data: list[MistakeResponse]
    has_more: bool


class WordContribution(ResponseModel):
    """The attribution of a prediction to one word or sign of a text."""

    start: int = Field(description="Where it begins in the text, in characters (Unicode code points) from 0.")
    end: int = Field(description="The character behind it.")
    contribution: float


class Contribution(ResponseModel):
    """The attribution of a prediction to one column."""

    column: str
    value: Cell
    contribution: float
    words: list[WordContribution] | None = Field(
        default=None,
        exclude_if=is_none,
        description=(
            "Of a text its words in their order, at most the 1,000 that contribute most. Their sum is the contribution "
            "of the column, but for what an average text contributes."
        ),
    )


class ExplanationOfRow(ResponseModel):
    """Attributions of one row's prediction, from the prediction for the average training row to that for this row."""

    predicted: str | float
    target: str | None = Field(default=None, description="The target that is explained.")
    label: str | None = Field(description="The class whose probability is explained; null for a number.")
    output: float = Field(description="That probability, or the number.")
    baseline_output: float = Field(description="The same for the average training row.")
    contributions: list[Contribution] = Field(description="The largest first; they add up to the difference.")
    misses_by: float = Field(description="How far their sum is from the difference.")
    saliency: SaliencyMap | None = Field(
        default=None,
        exclude_if=is_none,
        description="Of a row with a picture the contributions of its pixels, which add up to that of its column.",
    )


class ExplanationResponse(ResponseModel):
    """Explanations of predictions, one for each row, in their order."""

    object: Literal["explanation"] = "explanation"
    model_id: str
    name: str
    version: int
    explanations: list[ExplanationOfRow]


class ColumnImportance(ResponseModel):
    """The importance of one feature."""

    column: str
    importance: float = Field(description="By how much the loss grows when the column is shuffled; 0: not at all.")
    std: float = Field(description="How much that differs from shuffle to shuffle.")


class ImportanceResponse(ResponseModel):
    """Feature importance of a model."""

    object: Literal["importance"] = "importance"
    model_id: str
    split: Literal["validation", "train"] = Field(description="`train` if no rows were kept back for validation.")
    rows: int
    metric: Literal["loss"] = "loss"
    columns: list[ColumnImportance] = Field(description="The most important first.")


class DependencePoint(ResponseModel):
    """The mean prediction when a column has this value in every row."""

    value: float | str | bool
    mean: float
    low: float = Field(description="The 10th percentile over the rows.")
    high: float = Field(description="The 90th.")
    centred_low: float = Field(description="The 10th percentile when each row's curve is moved to the mean of all.")
    centred_high: float = Field(description="The 90th.")


class DependenceResponse(ResponseModel):
    """Partial dependence of a model's predictions on one column."""

    object: Literal["partial_dependence"] = "partial_dependence"
    model_id: str
    column: str
    target: str | None = None
    label: str | None = Field(description="The class whose probability it is; null for a number.")
    rows: int
    points: list[DependencePoint]


class ModelComparisonResponse(ResponseModel):
    """Whether a model is better than another one, on rows that neither learned from."""

    object: Literal["comparison"] = "comparison"
    name: str
    version: int
    model_id: str
    other: str = Field(description="The name and version of the other model, such as `houses:2`.")
    other_id: str
    metric: str
    rows: int | None = Field(default=None, description="The rows that both models held out.")
    value: float | None = Field(default=None, description="The metric of the model on these rows.")
    other_value: float | None = Field(default=None, description="The metric of the other model on these rows.")
    comparison: ComparisonResponse | None = Field(
        default=None,
        description="Whether the model is better; null: it is the same one, or there are no rows to compare them on.",
    )
    detail: str
