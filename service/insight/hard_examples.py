"""Hard examples of a model: rows with large losses, uncertain predictions or suspect labels, with their lines."""

from typing import Any, Final, Literal, get_args

import msgspec
from pydantic import Field

from contract.model_insight import MistakeKind, MistakesResponse, Part
from service.http.pagination import Query
from service.http.routing import Routes
from service.insight.stored_insights import load_insights
from service.services import Context

routes = Routes("mistakes", "Hard examples: rows with the largest losses.")

SPLITS: Final[tuple[Part, ...]] = get_args(Part)


class HardExamplesQuery(Query):
    """Filters of the rows to return."""

    kind: MistakeKind = Field(
        default="worst",
        description="`worst`: with the largest loss. `uncertain`: of which the model is least sure. `suspect_label`: "
        "where the model and the nearest training rows speak against what stands in the table.",
    )
    split: Literal["validation", "test", "train", "all"] | None = Field(
        default=None, description="Of which rows; by default `all` for `suspect_label`, else `validation`."
    )
    limit: int = Field(default=20, ge=1, le=100, description="How many at most.")


@routes.get(
    "/v1/models/{ref}/mistakes",
    scope="read",
    summary="Rows that a model gets wrong",
    problems=("not-found", "no-insight", "not-for-task"),
)
def index(context: Context, ref: str, query: HardExamplesQuery) -> MistakesResponse:
    """Hard examples, each with its line in the file, its cells, target and prediction, and the nearest training rows.

    The first hundred of each kind and split were kept when the model was trained, fewer of tables with many columns.
    """
    served = context.services.model_resolver.resolve(context.owner, ref)
    split = query.split or ("all" if query.kind == "suspect_label" else "validation")
    names = [f"mistakes.{query.kind}.{part}" for part in SPLITS if split in {part, "all"}]
    insights = load_insights(context, served, names, "hard_examples")
    rows: list[dict[str, Any]] = [row for name in names for row in msgspec.json.decode(insights.get(name, b"[]"))]
    rows.sort(key=lambda row: -row["score"])
    return MistakesResponse.model_validate({"data": rows[: query.limit], "has_more": len(rows) > query.limit})
