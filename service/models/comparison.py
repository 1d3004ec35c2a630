"""The route that compares two models on the rows that neither learned from."""

from pydantic import Field

from contract.model_insight import ModelComparisonResponse
from contract.specs import OneLine
from service.http.pagination import Query
from service.http.routing import Routes
from service.model_comparison import compare_models
from service.services import Context
from store.models import models

routes = Routes("comparison", "Whether a model is better than another.")


class ComparisonQuery(Query):
    """The other model."""

    against: OneLine = Field(max_length=160, description="The other model: its id, a name, `name:3`, or `name@alias`.")


@routes.get(
    "/v1/models/{ref}/comparison", scope="read", summary="Which of two models is better", problems=("not-found",)
)
def one(context: Context, ref: str, query: ComparisonQuery) -> ModelComparisonResponse:
    """A model beside another one, by what each predicted of the rows that both held out, at most 20,000 of them.

    Accuracy of classes, RMSE of a number, mean R² of several. Whether the difference is significant tells the sign
    test of paired rows, of numbers a paired z-test of squared errors.
    """
    with context.begin_read() as s:
        model = models.get(s, context.owner, ref)
        return compare_models(s, model, models.get(s, context.owner, query.against))
