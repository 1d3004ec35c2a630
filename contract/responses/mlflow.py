"""Responses in the shapes of MLflow: of its scoring server, and of its list of endpoints."""

from typing import Any

from pydantic import Field

from contract.responses.base import ResponseModel
from contract.responses.predictions import PredictionWarning, is_none


class InvocationResponse(ResponseModel):
    """Predictions, one for each row: `value`, or `label` with each class's probability, as in CSV."""

    predictions: list[dict[str, Any]]
    warnings: list[PredictionWarning] | None = Field(
        default=None, exclude_if=is_none, description="What makes predictions less certain; absent if there is nothing."
    )


class EndpointModel(ResponseModel):
    """What answers at an endpoint."""

    name: str
    provider: str


class EndpointResponse(ResponseModel):
    """A model, as MLflow's deployment client sees it."""

    name: str
    endpoint_type: str = Field(description="The task; of a model that writes `llm/v1/completions`.")
    model: EndpointModel
    endpoint_url: str
    limit: None = None


class EndpointsResponse(ResponseModel):
    """A page of endpoints, in alphabetical order."""

    endpoints: list[EndpointResponse]
    next_page_token: str | None = Field(
        default=None, exclude_if=is_none, description="Pass it as `page_token` to go on; absent on the last page."
    )
