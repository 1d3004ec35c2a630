"""Surprises of a model that writes: the tokens of held-out text that it expected least, in their context."""

from typing import Any

import msgspec
from pydantic import Field

from contract.language_insight import HeldOutPart, SurprisesResponse
from learning.errors import NotForTask
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.routing import Routes
from service.insight.stored_insights import load_insights
from service.services import Context, load_model

routes = Routes("surprises", "What a model that writes expected least.")


class SurprisesQuery(Query):
    """Which tokens."""

    split: HeldOutPart = Field(default="validation", description="Of which part of the text.")
    limit: int = Field(default=20, ge=1, le=100, description="How many at most.")


@routes.get(
    "/v1/models/{ref}/surprises",
    scope="read",
    summary="What a model that writes expected least",
    problems=("not-found", "no-insight", "not-for-task"),
)
def index(context: Context, ref: str, query: SurprisesQuery) -> SurprisesResponse:
    """The tokens of held-out text that were least probable given those before, each with what was expected there.

    The first hundred were kept when the model was trained.
    """
    served, model = load_model(context, ref)
    if model.writer is None:
        raise NotForTask(
            f"{served.name}:{served.version} is a model of {model.task}, and reads no text token by token.",
            "Ask for its mistakes, row by row.",
        )
    part = f"surprises.{query.split}"
    insights = load_insights(context, served, [part])
    if part not in insights:
        raise ProblemError(
            "no-insight",
            f"Nothing was kept of what {served.name}:{served.version} expected in its {query.split} text: there was "
            "none, or it was trained before that was kept. Train again: the new version has it.",
        )
    found: dict[str, Any] = msgspec.json.decode(insights[part])
    data: list[dict[str, Any]] = found["data"]
    return SurprisesResponse.model_validate(
        {"data": data[: query.limit], "has_more": len(data) > query.limit, "measured": found["measured"]}
    )
