"""Errors of a model that recommends: held-out ratings that are furthest off, or choices that were ranked last."""

from typing import Any, Literal

import msgspec
from pydantic import Field

from contract.responses import RecommendationErrorsResponse
from learning.errors import NotForTask
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.routing import Routes
from service.insight.stored_insights import load_insights
from service.services import Context, load_model

routes = Routes("recommendation errors", "What a model that recommends did not expect.")


class RecommendationErrorsQuery(Query):
    """Which errors."""

    split: Literal["validation", "test"] = Field(default="validation", description="Of which rows.")
    limit: int = Field(default=20, ge=1, le=100, description="How many at most.")


@routes.get(
    "/v1/models/{ref}/recommendation-errors",
    scope="read",
    summary="What a model that recommends did not expect",
    problems=("not-found", "no-insight", "not-for-task"),
)
def index(context: Context, ref: str, query: RecommendationErrorsQuery) -> RecommendationErrorsResponse:
    """The held-out ratings that are furthest off; of choices those that were ranked last. The worst come first.

    The first hundred were kept when the model was trained.
    """
    served, model = load_model(context, ref)
    if model.recommender is None:
        raise NotForTask(
            f"{served.name}:{served.version} is a model of {model.task}.", "Ask for its mistakes, row by row."
        )
    part = f"recommendation_errors.{query.split}"
    insights = load_insights(context, served, [part])
    if part not in insights:
        raise ProblemError(
            "no-insight",
            f"Nothing was kept of the errors of {served.name}:{served.version} on its rows for {query.split}: there "
            "were none, or it was trained before they were kept. Train again: the new version has them.",
        )
    found: dict[str, Any] = msgspec.json.decode(insights[part])
    errors: list[dict[str, Any]] = found["errors"]
    return RecommendationErrorsResponse.model_validate(
        {"data": errors[: query.limit], "has_more": len(errors) > query.limit, "measured": found["measured"]}
    )
