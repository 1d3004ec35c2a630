"""Route of column strengths: how much of a target each other column of a dataset explains alone.

People see before any training which columns matter, and which one knows the target too well.
"""

from typing import Final, Literal

from pydantic import Field

from contract.responses import ColumnResponse, ColumnStrength, ColumnStrengthsResponse, DatasetResponse, FieldError
from contract.specs import OneLine
from learning.errors import LearningError
from learning.insight.column_strengths import MAX_ROWS, measure_frame
from learning.spelling import cut_name, suggest_name
from learning.tasks.task_guess import guess_numeric_task
from service.http.pagination import Query
from service.http.routing import Routes
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields
from service.services import Context, require_ready
from store import datasets
from store.files import table_key
from tables import load_sample

MAX_COLUMNS: Final = 1000
MAX_CHARACTERS: Final = 1000
"""The most columns, and characters of a text on average, that are measured: about a second for all."""

routes = Routes("columns", "Columns of datasets, beside a target.")


class StrengthsQuery(Query):
    """Which target, and how it is read."""

    target: OneLine = Field(max_length=256, description="The column to predict.")
    task: Literal["auto", "regression", "classification"] = Field(
        default="auto", description="Whether it is a number or a class; `auto` guesses as for a job."
    )


@routes.get(
    "/v1/datasets/{dataset_id}/column-strengths",
    scope="read",
    summary="How much of a target each column explains",
    problems=("not-found", "dataset-not-ready", "invalid"),
)
def index(context: Context, dataset_id: str, query: StrengthsQuery) -> ColumnStrengthsResponse:
    """How much of a target each other column explains alone, measured on a sample of up to 1,024 rows.

    It takes no job, and at most about a second. What a column adds to others is told by the importances of a model.
    """
    with context.begin_read() as s:
        dataset = DatasetResponse.model_validate(require_ready(datasets.get(s, context.owner, dataset_id)))
    rows, columns = dataset.rows or 0, {column.name: column for column in dataset.columns or []}
    target = columns.get(query.target)
    if target is None:
        raise invalid_fields([_unknown_column(query.target, list(columns))])
    task = _guess_task(target, rows) if query.task == "auto" else query.task
    names = [name for name in columns if name != target.name]
    measured = [name for name in names if _is_measurable(columns[name], rows)][:MAX_COLUMNS]
    profile = [column.model_dump() for column in columns.values()]
    strengths: dict[str, float] = {}
    reason, sampled = "There is no other column to measure.", 0
    if target.type == "image":
        reason = "A picture cannot be a target."
    if measured and target.type != "image":
        with context.services.files.local_copy(table_key(dataset_id)) as path:
            frame = load_sample(path, [target.name, *measured], profile, MAX_ROWS)
        sampled = frame.rows
        try:
            strengths = measure_frame(frame, target.name, measured, task, MAX_COLUMNS)
            reason = "There are too few rows."
        except LearningError as error:
            reason = str(error)
    return ColumnStrengthsResponse(
        data=[ColumnStrength(column=name, strength=strengths.get(name)) for name in names],
        target=target.name,
        task=task,
        rows=sampled,
        reason=None if strengths else reason,
    )


def _guess_task(target: ColumnResponse, rows: int) -> Literal["regression", "classification"]:
    if target.type != "numeric":
        return "classification"
    guessed = guess_numeric_task(rows - target.missing, target.distinct, target.rarest)
    return "classification" if guessed == "classification" else "regression"


def _is_measurable(column: ColumnResponse, rows: int) -> bool:
    if column.type == "image":
        return False
    return column.text is None or column.text.characters <= MAX_CHARACTERS * rows


def _unknown_column(name: str, known: list[str]) -> FieldError:
    return FieldError(
        pointer="?target",
        detail=f"'{cut_name(name)}' is not a column of the dataset",
        code="unknown_column",
        given=shorten(name),
        suggestion=suggest_name(name, known),
    )
