"""Responses of datasets: profile, rows, issues."""

from typing import Any, Literal

from pydantic import Field

from contract.responses.base import ColumnKind, Problem, ResponseModel, Timestamp
from contract.specs import UploadOptions
from contract.states import DatasetStatus
from learning.column_format import Certainty, DateOrder, DecimalStyle, NumberMark


class Top(ResponseModel):
    """A frequent value and how often it occurs."""

    value: str
    count: int


class ColumnFormat(ResponseModel):
    """How the cells of a column are written, found over the whole file; rows to predict are read by it."""

    decimal: DecimalStyle = Field(
        default="point", description="The decimal sign of numbers; the other one separates thousands."
    )
    units: list[str] = Field(default=[], description="Texts around the numbers that are taken away: `kg`, `USD`, `%`.")
    marks: list[NumberMark] = Field(
        default=[],
        description="What else is read around the numbers: `12k`, `<0.05` or `10+`, `~12`, `(12.5)` and `12.5-` for "
        "-12.5, `12*`.",
    )
    duration: bool = Field(default=False, description="Whether the numbers are seconds, written as in `1:02:03`.")
    datetime_formats: list[str] = Field(default=[], description="The strptime formats of datetimes, tried in order.")
    date_order: DateOrder | None = Field(
        default=None, description="Whether the day or the month is first in dates such as 3/4/2019."
    )
    last_year: int | None = Field(default=None, description="The last year that two digits stand for.")
    missing_values: list[str] = Field(
        default=[], description="Texts that stand for a missing value, in lower case, besides those that do everywhere."
    )
    only_missing_values: bool = Field(default=False, description="Whether no other texts do, as the upload said.")
    labels: list[str] = Field(default=[], description="The spellings of false and true.")
    certainty: Certainty = Field(default="certain", description="How clear the cells are about all this.")


class SideStats(ResponseModel):
    """The range and the median of the widths or heights of images, in pixels."""

    min: int
    median: int
    max: int


class ImageStats(ResponseModel):
    """What the images of a column are like."""

    kinds: list[Top] = Field(description="Files of each format: jpeg, png, webp, gif, bmp.")
    width: SideStats
    height: SideStats
    grey: bool = Field(description="Whether all are grey, so that a net gets one channel of them instead of three.")


class TextStats(ResponseModel):
    """What the texts of a column are like, taken together."""

    characters: int
    words: int = Field(description="About how many, by those of the first 16 million characters.")
    top: list[Top] = Field(description="The ten most frequent words, as they are written.")


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
    format: ColumnFormat | None = Field(default=None, description="How the cells are written; null: plainly.")
    images: ImageStats | None = Field(default=None, description="Image: formats and sizes of the files.")
    text: TextStats | None = Field(default=None, description="Text; null of a dataset of an earlier version.")


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


class IssuesResponse(ResponseModel):
    """Faults of a file, in the order of the file; the first 1,000 are kept."""

    object: Literal["list"] = "list"
    data: list[IssueResponse]
    has_more: bool
    after: int = Field(description="Pass this as `after` to go on.")


class IssueCounts(ResponseModel):
    """The number of issues of a file."""

    error: int
    warning: int


class ReadingProgress(ResponseModel):
    """How far a file has been read."""

    rows: int = Field(description="Rows read so far.")
    fraction: float | None = Field(description="The fraction of the file, 0 to 1; null where it is read at once.")


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
    feature_bytes: int = Field(
        default=0,
        description="The size of the features of its pictures, which are kept for other jobs besides `bytes`.",
    )
    types: dict[str, ColumnKind] = Field(default={}, description="The column types that the upload gave.")
    read_options: UploadOptions | None = Field(default=None, description="What else the upload said about the file.")
    progress: ReadingProgress | None = Field(
        default=None, description="While a worker reads the file; renewed about once a second."
    )
    tags: dict[str, str] = Field(default={})
    note: str | None = Field(default=None, description="What its owner noted about it.")
    rows: int | None = None
    rows_rejected: int | None = None
    issue_counts: IssueCounts | None = None
    columns: list[ColumnResponse] | None = None
    error: Problem | None = None


class RowsResponse(ResponseModel):
    """Rows of a dataset as they will be learned from; missing cells are null."""

    object: Literal["list"] = "list"
    data: list[dict[str, Any]]
    lines: list[int | None] = Field(
        default=[], description="The line of the file where each row begins, counted from 1; null where it has none."
    )
    has_more: bool
    after: int = Field(description="Pass this as `after` to go on.")


class ColumnStrength(ResponseModel):
    """How much of the target a column explains alone."""

    column: str
    strength: float | None = Field(
        description="Of a number R²; of a class the share of a constant guess's errors that is avoided. null: not "
        "measured, as the column is constant, an id, a picture or a long text, or one of too many columns."
    )


class ColumnStrengthsResponse(ResponseModel):
    """How much of a target each other column explains alone, by the best of three models of one column.

    Each is fitted to half of a sample of rows and measured on the other half.
    """

    object: Literal["list"] = "list"
    data: list[ColumnStrength] = Field(description="In the order of the table.")
    target: str
    task: Literal["regression", "classification"]
    rows: int = Field(description="The rows of the sample, which are spread evenly over the table.")
    reason: str | None = Field(default=None, description="Why none could be measured.")
