"""Routes of what a model that recommends knows: its items, on a map too, and its users."""

from typing import Final

import numpy as np
from pydantic import Field

from contract.responses import ItemColumn, ItemsResponse, ModelItemMapResponse, NameRows, RatingRange, UsersResponse
from learning.recommendation.name_search import search_names
from learning.recommendation.properties import Property
from service.http.pagination import Query
from service.http.routing import Routes
from service.item_map import ItemMapQuery, map_items
from service.recommend.routes import describe_model, load_recommender
from service.services import Context

MAX_NAMES: Final = 1000
MAX_CATEGORIES: Final = 200

routes = Routes("catalogue", "Items and users that a model that recommends knows.")


class NamesQuery(Query):
    """Which names."""

    search: str = Field(default="", max_length=1000, description="Words that are all in the name, in any case.")
    limit: int = Field(default=20, ge=1, le=MAX_NAMES, description="The maximum number of names.")


@routes.get(
    "/v1/models/{ref}/items",
    scope="read",
    other_scope="predict",
    summary="List items",
    problems=("not-found", "not-for-task"),
)
def items(context: Context, ref: str, query: NamesQuery) -> ItemsResponse:
    """The items that a model can recommend, those of most training rows first, and the columns to filter by."""
    _, recommender = load_recommender(context, ref)
    catalogue, encoder = recommender.catalogue, recommender.encoder
    counts = catalogue.item_counts
    found = search_names(catalogue.items, counts, query.search, query.limit + 1)
    return ItemsResponse(
        data=[NameRows(name=catalogue.items[number], rows=int(counts[number])) for number in found[: query.limit]],
        has_more=len(found) > query.limit,
        total=len(catalogue),
        columns=[_describe_column(column, len(catalogue)) for column in catalogue.properties],
        user_columns=[_describe_column(column, len(encoder.users)) for column in encoder.properties],
        ratings=RatingRange(minimum=catalogue.minimum, maximum=catalogue.maximum) if catalogue.rated else None,
    )


@routes.get("/v1/models/{ref}/users", scope="read", summary="List users", problems=("not-found", "not-for-task"))
def users(context: Context, ref: str, query: NamesQuery) -> UsersResponse:
    """The users of the training rows, those of most rows first."""
    _, recommender = load_recommender(context, ref)
    names, counts = recommender.encoder.users, recommender.encoder.histories.sizes
    found = search_names(names, counts, query.search, query.limit + 1)
    return UsersResponse(
        data=[NameRows(name=names[number], rows=int(counts[number])) for number in found[: query.limit]],
        has_more=len(found) > query.limit,
        total=len(names),
    )


@routes.get(
    "/v1/models/{ref}/item-map",
    scope="read",
    other_scope="predict",
    summary="Map of items",
    problems=("not-found", "not-for-task"),
)
def item_map(context: Context, ref: str, query: ItemMapQuery) -> ModelItemMapResponse:
    """The items on the plane in which their vectors differ most: those that the same users like lie close together."""
    resolved, recommender = load_recommender(context, ref)
    return ModelItemMapResponse(**describe_model(resolved), **map_items(recommender, query))


def _describe_column(column: Property, count: int) -> ItemColumn:
    if column.categories:
        categories = list(column.categories) if len(column.categories) <= MAX_CATEGORIES else None
        return ItemColumn(name=column.name, type="categorical", categories=categories, minimum=None, maximum=None)
    values = column.read(count)
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (None, None)
    return ItemColumn(name=column.name, type="numeric", categories=None, minimum=low, maximum=high)
