"""Admission of a batch: whether a model can predict a dataset, how its rows are divided, and its faults."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from contract.responses import FieldError
from contract.specs import ColumnName, DatasetId, StrictModel
from contract.states import BatchFormat
from learning.encoding.columns import InputColumn
from learning.errors import UnusableColumn
from learning.model import Model
from learning.spelling import quote_names, suggest_name
from service.http.errors import ProblemError
from service.http.validation_errors import invalid_fields
from store.tables import DatasetIssueRow, DatasetRow
from tables import make_read_plan
from tables.column_types import row_group_size

MAX_BLOCK_PRODUCTS: Final = 2**36
"""The most rows times weights of a block, which are computed in some seconds."""
MAX_PICTURES_PER_BLOCK: Final = 1024
MAX_FEATURES_PER_BLOCK: Final = 128
BYTES_PER_CELL: Final = 20


class BatchSpec(StrictModel):
    """A batch of predictions to make."""

    dataset_id: DatasetId = Field(description="The dataset whose rows are predicted.")
    columns: list[ColumnName] = Field(
        default=[],
        max_length=1000,
        description="Columns of the dataset that stand before the predictions, such as an id.",
    )
    interval: float | None = Field(
        default=None, gt=0, lt=1, description="A coverage, such as 0.9: numbers get an interval, classes a set."
    )
    format: BatchFormat = Field(default="csv", description="The format of the output.")


@dataclass(frozen=True)
class BatchPlan:
    """How a dataset is predicted by a model."""

    must_read: bool
    """Whether the file is to be read anew, as the model reads it otherwise than the dataset was read."""
    block_rows: int
    warnings: list[str]
    output_bytes: int
    """An estimate."""


def admit_batch(spec: BatchSpec, model: Model, dataset: DatasetRow) -> BatchPlan:
    """How a dataset can be predicted.

    Raises:
        ProblemError: `not-for-task` or `invalid`, if it cannot.
        NoCoverage: the model cannot promise the coverage.
    """
    if model.writer is not None:
        raise ProblemError("not-for-task", "A model that writes texts predicts no rows; ask it by /generate.")
    if spec.interval is not None:
        model.header.calibration.find_thresholds(spec.interval)
    profile = dataset.columns or []
    names = [str(column["name"]) for column in profile]
    if errors := [_unknown_column(place, name, names) for place, name in enumerate(spec.columns) if name not in names]:
        raise invalid_fields(errors)
    if len(set(spec.columns)) < len(spec.columns):
        raise invalid_fields([FieldError(pointer="#/columns", detail="has a name twice", code="duplicate_column")])
    absent = [column.name for column in model.inputs if column.name not in names]
    if len(absent) == len(model.inputs):
        detail = f"has none of the columns that the model takes: {quote_names(absent)}"
        raise _refuse_dataset(dataset, detail, "unknown_column")
    try:
        plan = make_read_plan(profile, model.inputs, dataset.types, dataset.read_options or {})
    except UnusableColumn as unfit:
        raise _refuse_dataset(dataset, f"does not fit the model. {unfit}", "unfit_column") from None
    columns = len(spec.columns) + len(model.header.output_names) + 2
    return BatchPlan(
        must_read=plan is not None,
        block_rows=_choose_block_rows(model, len(profile)),
        warnings=[f"The dataset has no column {quote_names([name])}: it is missing in every row." for name in absent],
        output_bytes=(dataset.rows or 0) * columns * BYTES_PER_CELL,
    )


def list_faults(issues: list[DatasetIssueRow], inputs: tuple[InputColumn, ...]) -> list[dict[str, Any]]:
    """The faults of a file that leave rows without a prediction, or change it."""
    names = {column.name for column in inputs}
    members = ("line", "row", "column", "value", "code", "action", "suggestion")
    return [
        {name: getattr(issue, name) for name in members}
        for issue in issues
        if issue.action == "row_rejected" or (issue.action == "cell_emptied" and issue.column in names)
    ]


def _choose_block_rows(model: Model, columns: int) -> int:
    """The rows of a block: they fit into little memory, and are predicted in seconds."""
    products = model.net.products if model.image_shapes else model.parameter_count
    rows = min(row_group_size(max(columns, len(model.inputs))), max(1, MAX_BLOCK_PRODUCTS // products))
    if any(column.feature_net for column in model.inputs):
        return min(rows, MAX_FEATURES_PER_BLOCK)
    return min(rows, MAX_PICTURES_PER_BLOCK) if model.image_shapes else rows


def _refuse_dataset(dataset: DatasetRow, detail: str, code: str) -> ProblemError:
    return invalid_fields([FieldError(pointer="#/dataset_id", detail=detail, code=code, given=dataset.id)])


def _unknown_column(place: int, name: str, names: list[str]) -> FieldError:
    return FieldError(
        pointer=f"#/columns/{place}",
        detail="is no column of the dataset",
        code="unknown_column",
        given=name,
        suggestion=suggest_name(name, names) if place == 0 else None,
    )
