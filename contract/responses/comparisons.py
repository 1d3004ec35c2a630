"""Confidence intervals of scores, and a model's scores beside another's, in responses of several resources."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ResponseModel


class ConfidenceInterval(ResponseModel):
    """Bounds between which a score would be on endless rows like those it was measured on, with a certainty of 95%."""

    low: float
    high: float


class ComparisonResponse(ResponseModel):
    """A model's score minus another's on the same rows, between bounds with a certainty of 95%."""

    difference: float
    low: float
    high: float
    result: Literal["better", "worse", "tie"] = Field(
        description="Whether the model is better. A tie: the interval holds 0, so the difference may be chance."
    )
