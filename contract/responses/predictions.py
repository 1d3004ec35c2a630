"""Responses of predictions."""

from typing import Annotated, Any, Literal

from pydantic import Field

from contract.responses.base import ResponseModel


def is_none(value: object) -> bool:
    """Whether a field is left out of the JSON."""
    return value is None


Typicality = Annotated[
    float | None,
    Field(
        exclude_if=is_none,
        description="Of a picture: the share of held-out pictures that are at least as unusual. Near 0 it is like "
        "nothing that the net learned.",
    ),
]


class Interval(ResponseModel):
    """Two bounds between which what comes true is, as often as `coverage` promises."""

    low: float
    high: float


class PredictedValue(ResponseModel):
    """A predicted number, in the target's own units."""

    value: float = Field(description="Of quantiles the nearest to the median.")
    quantiles: dict[str, float] | None = Field(
        default=None,
        exclude_if=is_none,
        description="With the loss `quantile`: by quantile, such as `0.05`. They never cross.",
    )
    interval: Interval | None = Field(default=None, exclude_if=is_none, description="With `?interval=`.")
    typicality: Typicality = None


class PredictedValues(ResponseModel):
    """A predicted number of each of several targets."""

    values: dict[str, float] = Field(description="By target.")
    quantiles: dict[str, dict[str, float]] | None = Field(
        default=None, exclude_if=is_none, description="By target, and by quantile, with the loss `quantile`."
    )
    interval: dict[str, Interval] | None = Field(
        default=None, exclude_if=is_none, description="By target, each for itself, with `?interval=`."
    )
    typicality: Typicality = None


class PredictedClass(ResponseModel):
    """A predicted class and the probability of each."""

    label: str
    probabilities: dict[str, float]
    set: list[str] | None = Field(
        default=None,
        exclude_if=is_none,
        description="With `?interval=`: the classes among which the true one is, as often as `coverage` promises.",
    )
    typicality: Typicality = None


class PredictionWarning(ResponseModel):
    """Something about a row that makes its prediction less certain."""

    row: int = Field(description="The row of the request, counted from 0.")
    column: str
    code: str = Field(
        description="unseen_category, pooled_category, outside_trained_range, unlike_training, missing_imputed, or at "
        "the end more_warnings."
    )
    detail: str


class RowError(ResponseModel):
    """A cell that cannot be read, or a row; it has no prediction."""

    row: int = Field(description="The row of the request, counted from 0.")
    column: str | None = Field(description="null: the row itself.")
    detail: str
    code: str
    value: Any = None
    suggestion: str | None = Field(
        default=None, description="The name or value that was probably meant; advice is in `detail`."
    )


class Coverage(ResponseModel):
    """What intervals or sets promise, and what that rests on."""

    promised: float = Field(description="The share of rows whose interval or set holds what comes true, at least.")
    rows: int = Field(description="The number of rows that the promise rests on; the net did not learn from them.")
    source: Literal["out_of_fold", "test", "validation"] = Field(
        description="Which rows these are: of folds, each by the net that did not learn from it; test rows; or "
        "validation rows that were kept from early stopping."
    )
    exchangeable: bool = Field(
        description="Whether rows to come may be taken to be like these; not so if the split was by time."
    )
    detail: str


class PredictionResponse(ResponseModel):
    """Predictions, one for each row, in their order."""

    object: Literal["prediction"] = "prediction"
    model_id: str
    name: str
    version: int
    predictions: list[PredictedValue | PredictedValues | PredictedClass | None] = Field(
        description="null for a row with an error, which `bad_rows=skip` allows."
    )
    warnings: list[PredictionWarning]
    coverage: Coverage | None = Field(default=None, exclude_if=is_none, description="With `?interval=`.")
    ids: list[str | None] | None = Field(
        default=None,
        exclude_if=is_none,
        description="With `?record=true`: the id of each prediction, by which feedback says what came true; null for a "
        "row with an error.",
    )
    errors: list[RowError] = Field(
        default=[], description="With `bad_rows=skip`: the cells that cannot be read, at most 10,000."
    )
