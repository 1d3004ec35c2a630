"""Responses of batches of predictions."""

from typing import Any, Literal

from pydantic import Field

from contract.responses.base import Problem, ResponseModel, Timestamp
from contract.states import BatchFormat, BatchStatus


class BatchResponse(ResponseModel):
    """The predictions of all rows of a dataset, done or under way."""

    object: Literal["batch"] = "batch"
    id: str
    status: BatchStatus
    model_id: str
    model_name: str
    model_version: int
    dataset_id: str
    format: BatchFormat
    columns: list[str] = Field(description="The columns of the dataset that stand before the predictions.")
    interval: float | None = Field(description="The coverage of the intervals or sets, if there are any.")
    rows: int = Field(description="The rows of the dataset, each of which gets a prediction.")
    rows_done: int
    rows_rejected: int = Field(description="The rows of the file that could not be read, and so get none.")
    warnings: list[str]
    error: Problem | None
    created_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    allowed_actions: list[str]


class BatchErrorsResponse(ResponseModel):
    """Faults of the file that concern a batch, in the order of the file; of more than 1,000 the first."""

    object: Literal["list"] = "list"
    data: list[dict[str, Any]] = Field(
        description="`line`, `row`, `column`, `value` and `code` of each fault, and its `action`: row_rejected, the "
        "row has no prediction; cell_emptied, it was predicted without that cell."
    )
    rows_rejected: int = Field(description="All rows without a prediction.")
    has_more: bool
    after: int = Field(description="Pass this as `after` to go on.")
