"""Responses of predictions."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ResponseModel


class PredictedValue(ResponseModel):
    """A predicted number, in the target's own units."""

    value: float


class PredictedClass(ResponseModel):
    """A predicted class and the probability of each."""

    label: str
    probabilities: dict[str, float]


class PredictionWarning(ResponseModel):
    """Something about a row that makes its prediction less certain."""

    row: int = Field(description="The row of the request, counted from 0.")
    column: str
    code: str = Field(
        description="unseen_category, outside_trained_range, missing_imputed, or at the end more_warnings."
    )
    detail: str


class PredictionResponse(ResponseModel):
    """Predictions, one for each row, in their order."""

    object: Literal["prediction"] = "prediction"
    model_id: str
    name: str
    version: int
    predictions: list[PredictedValue | PredictedClass]
    warnings: list[PredictionWarning]
