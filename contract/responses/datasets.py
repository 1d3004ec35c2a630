"""Responses of datasets: profile, rows, issues."""

from typing import Any, Literal

from pydantic import Field

from contract.responses.base import ColumnKind, Problem, ResponseModel, Timestamp
from contract.states import DatasetStatus


class Top(ResponseModel):
    """A frequent value and how often it occurs."""

    value: str
    count: int


class ColumnResponse(ResponseModel):
    """A column of a dataset: its type and what its values are like."""

    name: str
    type: ColumnKind
    missing: int
    min: float | str | None = Field(default=None, description="Numbers; for datetimes RFC 3339.")
    max: float | str | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: dict[str, float] | None = Field(default=None, description="Numeric: p01, p25, p50, p75 and p99.")
    distinct: int | None = None
    rarest: int | None = Field(
        default=None, description="Numeric, of at most 50 different whole numbers: the rows of the rarest of them."
    )
    top: list[Top] | None = None
    true: int | None = Field(default=None, description="Boolean: how many are true.")


class IssueResponse(ResponseModel):
    """A fault in an uploaded file: where it is, what stands there, what was done."""

    line: int | None = Field(description="The line of the file, counted from 1, where the row begins.")
    row: int | None = Field(description="The row of the data, counted from 1.")
    column: str | None
    value: str | None
    code: str
    severity: Literal["error", "warning"]
    action: str
    suggestion: str | None = None


class IssueCounts(ResponseModel):
    """The number of issues of a file."""

    error: int
    warning: int


class DatasetResponse(ResponseModel):
    """An uploaded dataset."""

    object: Literal["dataset"] = "dataset"
    id: str
    name: str
    status: DatasetStatus
    format: str
    bytes: int
    sha256: str
    created_at: Timestamp
    rows: int | None = None
    rows_rejected: int | None = None
    issue_counts: IssueCounts | None = None
    columns: list[ColumnResponse] | None = None
    error: Problem | None = None


class RowsResponse(ResponseModel):
    """Rows of a dataset as they will be learned from; missing cells are null."""

    object: Literal["list"] = "list"
    data: list[dict[str, Any]]
    has_more: bool
    after: int = Field(description="Pass this as `after` to go on.")
