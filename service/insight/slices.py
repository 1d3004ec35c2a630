"""Slices of held-out rows: where a model is worse than elsewhere."""

from typing import Any, Final

import msgspec
from pydantic import Field

from contract.evaluation import SlicesResponse
from contract.responses import rfc3339
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.routing import Routes
from service.insight.stored_insights import HeldOutSplit, load_insights
from service.services import Context

routes = Routes("slices", "Where a model is worse than elsewhere.")

MAX_SLICES: Final = 100


class SlicesQuery(Query):
    """Which slices to return."""

    split: HeldOutSplit = Field(default="validation", description="Of which held-out rows.")
    limit: int = Field(default=20, ge=1, le=MAX_SLICES, description="How many at most.")


@routes.get(
    "/v1/models/{ref}/slices",
    scope="read",
    summary="Where a model is worse than elsewhere",
    problems=("not-found", "no-insight", "not-for-task"),
)
def index(context: Context, ref: str, query: SlicesQuery) -> SlicesResponse:
    """The score on the held-out rows with each value of a column, or in a range of its numbers, beside all others.

    The most surely worse slice comes first. A slice has at least twenty rows; with enough of them one is bad by chance,
    so the bounds of the differences hold for all together. Of columns that the model does not see there are slices as
    well. A hundred were kept when the model was trained.
    """
    served = context.services.model_resolver.resolve(context.owner, ref)
    part = f"slices.{query.split}"
    insights = load_insights(context, served, [part], "slices")
    if part not in insights:
        raise ProblemError(
            "no-insight",
            f"There are no slices of the {query.split} rows of {served.name}:{served.version}: it has fewer "
            f"than 40 such rows, or is older than slices. Train again, with a larger split.{query.split}.",
        )
    return read_slices(insights[part], served.id, query.split, query.limit)


def read_slices(content: bytes, model_id: str, split: HeldOutSplit, limit: int) -> SlicesResponse:
    """So many of the slices that were stored with a model, with moments as RFC 3339."""
    report: dict[str, Any] = msgspec.json.decode(content)
    slices = report.pop("slices")
    for one in slices:
        if one["kind"] == "period":
            one |= {end: rfc3339(one[end]) for end in ("start", "stop")}
    found = {"data": slices[:limit], "has_more": len(slices) > limit}
    return SlicesResponse.model_validate({**report, **found, "model_id": model_id, "split": split})
