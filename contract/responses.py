"""The shape of every response, resource by resource, field by field as the API's documentation promises.

The service builds them and describes them in OpenAPI; the client reads them, and ignores what a newer server adds.
Non-finite numbers never go out: the field is null, and `non_finite` names it.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contract.specs import JobSpec
from contract.states import DatasetStatus, JobStatus, Scope, StopReason


def rfc3339(seconds: float) -> str:
    """Unix seconds as `2026-11-22T10:00:00.000Z`, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    str,
    BeforeValidator(lambda moment: rfc3339(moment) if isinstance(moment, int | float) else moment),
    Field(description="RFC 3339, in UTC, ending in Z.", json_schema_extra={"format": "date-time"}),
]
"""A moment; Unix seconds become one."""

ColumnKind = Literal["numeric", "categorical", "boolean", "datetime", "text", "image"]

T = TypeVar("T")


class ResponseModel(BaseModel):
    """The base of everything that goes out; most are validated from rows of the store."""

    model_config = ConfigDict(frozen=True, from_attributes=True, protected_namespaces=())


class FieldError(ResponseModel):
    """One thing wrong with a request: where, what, what was given, and the nearest right name."""

    pointer: str = Field(
        description="JSON Pointer into the body (`#/optimizer/learning_rate`), or the query's name (`?limit`)."
    )
    detail: str
    code: str
    given: Any = None
    suggestion: str | None = None


class Problem(ResponseModel):
    """What went wrong, as RFC 9457 problem details; `type` resolves under /problems/."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = "about:blank"
    title: str
    status: int | None = None
    detail: str
    instance: str | None = None
    errors: list[FieldError] | None = None


class DeletedResponse(ResponseModel):
    """Something that is gone."""

    object: Literal["deleted"] = "deleted"
    id: str


class Page(ResponseModel, Generic[T]):
    """A page of a list, newest first; pass `last_id` as `after` for the next."""

    object: Literal["list"] = "list"
    data: list[T]
    has_more: bool
    first_id: str | None = None
    last_id: str | None = None


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
    """How many faults a file has."""

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


class Progress(ResponseModel):
    """How far a job is."""

    epoch: int
    epochs: int
    fraction: float
    eta_seconds: float | None = None
    samples_per_second: float | None = None
    queue_position: int | None = Field(default=None, description="How many of yours run before. Null unless queued.")


class EpochResponse(ResponseModel):
    """One pass over the training rows."""

    epoch: int
    train_loss: float | None
    validation_loss: float | None = None
    metrics: dict[str, float | None] = Field(default={})
    learning_rate: float
    gradient_norm: float | None
    seconds: float
    non_finite: dict[str, str] | None = None
    weights_sha256: str | None = Field(default=None, description="Of the weights after it.")


class Latest(ResponseModel):
    """The newest epoch in short."""

    epoch: int
    train_loss: float | None
    validation_loss: float | None = None
    metrics: dict[str, float | None] = Field(default={})


class Best(ResponseModel):
    """The epoch whose weights are kept: the least validation loss, or train loss where nothing is held back."""

    epoch: int
    validation_loss: float | None = None
    train_loss: float | None = None
    metrics: dict[str, float | None] = Field(default={})


class Baseline(ResponseModel):
    """A way to do without a net, measured on the same rows by the same metrics."""

    name: Literal["mean", "most_frequent_class", "linear", "logistic"]
    metrics: dict[str, float | None]


class Baselines(ResponseModel):
    """What a net has to beat: always saying the same, and a model that only weighs and adds the columns."""

    naive: Baseline
    linear: Baseline


class Resume(ResponseModel):
    """An interruption that the job went on after."""

    epoch: int
    reason: str
    gap_seconds: float


class Reproduction(ResponseModel):
    """Whether a job found the weights of another again."""

    match: bool
    first_difference: int | None = Field(description="The first epoch after which the weights differ.")


class JobResponse(ResponseModel):
    """A request to train, and how it fares."""

    object: Literal["job"] = "job"
    id: str
    status: JobStatus
    created_at: Timestamp
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    stop_reason: StopReason | None = None
    progress: Progress
    latest: Latest | None = None
    best: Best | None = None
    baselines: Baselines | None = Field(default=None, description="Null until training begins.")
    verdict: str | None = Field(
        default=None, description="How the best epoch so far compares with them, in a sentence."
    )
    spec: JobSpec
    model_id: str | None = None
    error: Problem | None = None
    warnings: list[str] = Field(default=[])
    attempts: int = 0
    resumes: list[Resume] = Field(default=[])
    weights_sha256: str | None = None
    reproducible: bool = True
    differs_from_epoch: int | None = Field(
        default=None, description="From this epoch on it was trained on another kind of machine: the bits may differ."
    )
    reproduces: str | None = Field(default=None, description="The job whose weights it is to find again, if any.")
    reproduction: Reproduction | None = Field(default=None, description="What came of that, once it has succeeded.")
    allowed_actions: list[str]


class Estimate(ResponseModel):
    """What a job will need, roughly."""

    parameters: int
    memory_bytes: int
    seconds_per_epoch: float


class ValidationResponse(ResponseModel):
    """What would become of a job, without training anything."""

    object: Literal["validation"] = "validation"
    valid: bool
    errors: list[FieldError]
    warnings: list[str]
    spec: JobSpec | None = None
    estimate: Estimate | None = None


class ModelInput(ResponseModel):
    """A column that a model predicts from."""

    name: str
    type: ColumnKind
    categories: list[str] | None = None
    minimum: float | None = Field(default=None, description="The least value seen in training.")
    maximum: float | None = None


class ModelResponse(ResponseModel):
    """What a job's training produced: immutable, served by predict."""

    object: Literal["model"] = "model"
    id: str
    name: str
    version: int
    aliases: list[str]
    job_id: str
    dataset_id: str
    task: Literal["regression", "classification"]
    target: str
    classes: list[str] | None = None
    inputs: list[ModelInput]
    parameters: int
    weights_sha256: str
    dataset_sha256: str
    metrics: dict[str, dict[str, float | None]]
    created_at: Timestamp


class AliasResponse(ResponseModel):
    """A name that points to one version of a model and can be moved."""

    object: Literal["alias"] = "alias"
    name: str
    alias: str
    version: int
    model_id: str


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


class KeyResponse(ResponseModel):
    """A key, without the key itself."""

    object: Literal["key"] = "key"
    id: str
    name: str
    owner: str
    scopes: list[Scope]
    hint: str = Field(description="Its last four letters.")
    created_at: Timestamp
    last_used_at: Timestamp | None = Field(default=None, description="To the hour.")
    revoked_at: Timestamp | None = None


class NewKeyResponse(KeyResponse):
    """A key that was just made."""

    key: str = Field(description="Shown now and never again.")
