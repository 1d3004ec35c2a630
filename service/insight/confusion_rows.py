"""The rows behind a cell of a model's confusion matrix."""

from typing import Any, Final, Literal

from pydantic import Field

from contract.model_insight import ConfusionRowsResponse
from contract.responses import FieldError
from contract.specs import OneLine
from learning.array_bytes import decode_array
from learning.errors import NotForTask
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.routing import Routes
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields
from service.insight.stored_insights import load_insights
from service.services import Context
from store.models import models

routes = Routes("confusion", "Rows behind a cell of a confusion matrix.")

MAX_LISTED: Final = 10


class ConfusionQuery(Query):
    """The cell, and of which rows."""

    actual: OneLine = Field(description="The class that the rows are of.")
    predicted: OneLine = Field(description="The class that they were predicted as.")
    split: Literal["validation", "test"] = Field(default="validation", description="Of which held-out rows.")
    limit: int = Field(default=20, ge=1, le=100, description="How many at most.")


@routes.get(
    "/v1/models/{ref}/confusion",
    scope="read",
    summary="Which rows were taken for what",
    problems=("not-found", "no-insight", "not-for-task"),
)
def index(context: Context, ref: str, query: ConfusionQuery) -> ConfusionRowsResponse:
    """The held-out rows of one class that were predicted as another, or as the same, the largest loss first.

    Up to a hundred of each cell were kept when the model was trained.
    """
    served = context.services.model_resolver.resolve(context.owner, ref)
    with context.begin_read() as s:
        classes = models.get(s, context.owner, served.id).classes
    if not classes:
        raise NotForTask("A confusion matrix is of classes, and this model predicts numbers.")
    cell = [_find_class(classes, getattr(query, name), f"?{name}") for name in ("actual", "predicted")]
    part = f"confusion.{query.split}"
    insights = load_insights(context, served, [part, "evaluation"])
    if part not in insights:
        raise ProblemError(
            "no-insight",
            f"Nothing was kept of the {query.split} rows of {served.name}:{served.version}: it was trained before they "
            "were kept, or without such rows. Train again: the new version has them.",
        )
    kept = decode_array(insights[part])
    rows = kept[(kept["actual"] == cell[0]) & (kept["predicted"] == cell[1])]
    data: list[dict[str, Any]] = [
        {
            "row": int(row["row"]) + 1,
            "actual": query.actual,
            "predicted": query.predicted,
            "confidence": float(row["confidence"]),
        }
        for row in rows[: query.limit]
    ]
    return ConfusionRowsResponse.model_validate({"data": data, "has_more": len(rows) > query.limit})


def _find_class(classes: list[str], label: str, pointer: str) -> int:
    """The number of a class.

    Raises:
        ProblemError: `invalid`: there is no such class.
    """
    if label in classes:
        return classes.index(label)
    listed = ", ".join(classes[:MAX_LISTED]) + (" …" if len(classes) > MAX_LISTED else "")
    detail = f"must be a class of the model: {listed}"
    raise invalid_fields([FieldError(pointer=pointer, detail=detail, code="unknown_class", given=shorten(label))])
