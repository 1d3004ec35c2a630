"""Comparison of two models on the rows that neither learned from, for those who choose one and for aliases.

What each predicted of its held-out rows was stored when it was trained.
"""

from pydantic import Field
from sqlalchemy.orm import Session

from contract.model_insight import ModelComparisonResponse
from contract.specs import OneLine
from learning.array_bytes import decode_array
from learning.insight.comparison import IncomparableModels, PairedComparison, compare_predictions
from learning.insight.formatting import format_number, format_percent
from learning.tasks.comparison import Comparison
from learning.tasks.main_metric import MainMetric
from service.http.pagination import Query
from service.http.routing import Routes
from service.services import Context
from store.jobs.main_metric import choose_model_metric
from store.models import models
from store.tables import ModelRow

routes = Routes("comparison", "Whether a model is better than another.")
PART = "held_out"
"""The insight that has the predictions."""


def compare_models(s: Session, model: ModelRow, other: ModelRow) -> ModelComparisonResponse:
    """Whether a model is better than another one; unknown where there are no rows to compare them on."""
    main = choose_model_metric(model)
    try:
        found = _compare(s, model, other)
    except IncomparableModels as reason:
        return _response(model, other, metric=main.name, detail=f"{reason} {ADVICE}")
    if found is None:
        detail = f"Both are the same model. {ADVICE}"
        return _response(model, other, metric=main.name, detail=detail)
    return _response(
        model,
        other,
        metric=found.metric,
        rows=found.rows,
        value=found.value,
        other_value=found.other_value,
        comparison=found.comparison,
        detail=_describe(found, main, model, other),
    )


ADVICE = "Compare them on rows of your choice by POST /v1/models/{ref}/evaluate."


def _response(model: ModelRow, other: ModelRow, **found: str | float | Comparison) -> ModelComparisonResponse:
    names = {"name": model.name, "version": model.version, "model_id": model.id}
    others = {"other": f"{other.name}:{other.version}", "other_id": other.id}
    return ModelComparisonResponse.model_validate({**names, **others, **found})


def _compare(s: Session, model: ModelRow, other: ModelRow) -> PairedComparison | None:
    """The comparison of two models; None if they are the same.

    Raises:
        IncomparableModels: there are no rows for it.
    """
    if model.id == other.id:
        return None
    if model.task != other.task or (model.targets or [model.target]) != (other.targets or [other.target]):
        raise IncomparableModels("The two do not predict the same.")
    if model.dataset_sha256 != other.dataset_sha256:
        raise IncomparableModels("The two were trained on different data, of which no rows are common.")
    kept = [models.get_insights(s, row.id, [PART]).get(PART) for row in (model, other)]
    for row, content in zip((model, other), kept, strict=True):
        if content is None:
            raise IncomparableModels(
                f"Nothing was kept of what {row.name}:{row.version} predicts of rows that it did not learn from."
            )
    arrays = [decode_array(content) for content in kept if content is not None]
    return compare_predictions(arrays[0], arrays[1], model.classes, other.classes)


def _describe(found: PairedComparison, main: MainMetric, model: ModelRow, other: ModelRow) -> str:
    """The comparison in a sentence or two."""
    show = format_percent if main.is_share else format_number
    rows = "one row" if found.rows == 1 else f"{found.rows:,} rows"
    names = [f"{row.name}:{row.version}" for row in (model, other)]
    values = [main.claim.format(show(value)) for value in (found.value, found.other_value)]
    is_chance = found.comparison.result == "tie" and found.value != found.other_value
    chance = " A tie: chance alone could explain the difference." if is_chance else ""
    return f"On {rows} that neither learned from: {names[0]}: {values[0]}; {names[1]}: {values[1]}.{chance}"


class ComparisonQuery(Query):
    """The other model."""

    against: OneLine = Field(max_length=160, description="The other model: its id, a name, `name:3`, or `name@alias`.")


@routes.get(
    "/v1/models/{ref}/comparison", scope="read", summary="Which of two models is better", problems=("not-found",)
)
def one(context: Context, ref: str, query: ComparisonQuery) -> ModelComparisonResponse:
    """A model beside another one, by what each predicted of the rows that both held out, at most 20,000 of them.

    Accuracy of classes, RMSE of a number, mean R² of several. The difference has an interval of
    95% by paired rows; where it holds 0, the two are a tie.
    """
    with context.begin_read() as s:
        model = models.get(s, context.owner, ref)
        return compare_models(s, model, models.get(s, context.owner, query.against))
