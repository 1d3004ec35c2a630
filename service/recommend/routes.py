"""Routes of models that recommend: items for a user or for a list of what somebody liked, and items that are alike."""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Final, TypedDict

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from contract.responses import (
    FieldError,
    RecommendationReason,
    RecommendationsResponse,
    RecommendedItem,
    SimilarItemsResponse,
)
from contract.specs import FreeText, StrictModel
from learning.errors import NotForTask, UnusableColumn
from learning.recommendation.filters import ItemFilter
from learning.recommendation.recommender import Reason, Recommender
from learning.spelling import NameIndex, quote_names
from service.http.pagination import Query
from service.http.routing import Routes
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields
from service.services import Context, load_model
from store.models.lookup import ResolvedModel

MAX_LIMIT: Final = 1000
MAX_NAMES: Final = 10_000
MAX_WARNINGS: Final = 100

routes = Routes("recommend", "Items for a user, and items that are alike, of a model that recommends.")

Id = Annotated[FreeText, Field(max_length=10_000)] | int | float
Ids = Annotated[list[Id], Field(max_length=MAX_NAMES, fail_fast=True)]


class Bounds(StrictModel):
    """What a column of numbers has to be."""

    minimum: float | None = Field(default=None, description="The least number.")
    maximum: float | None = Field(default=None, description="The greatest number.")


class RatedItem(StrictModel):
    """An item with the rating that somebody gave it."""

    item: Id = Field(description="The item.")
    rating: float = Field(description="The rating; one beyond those of the training rows counts as the nearest.")


Liked = Annotated[list[Id | RatedItem], Field(max_length=MAX_NAMES, fail_fast=True)]


class RecommendRequest(StrictModel):
    """For whom, and what is left out."""

    user: Id | None = Field(default=None, description="A user of the training rows; another gets what most like.")
    liked: Liked | None = Field(
        default=None,
        description="What somebody liked, in place of a user; of a model of ratings each may have one, else it counts "
        "as the highest.",
    )
    user_columns: dict[FreeText, Id] = Field(
        default={},
        max_length=32,
        description="What is known of somebody who has chosen nothing yet, beside an unknown user or alone: cells of "
        "the columns that say the same of a user in all rows.",
    )
    limit: int = Field(default=10, ge=1, le=MAX_LIMIT, description="The maximum number of items.")
    exclude_seen: bool = Field(default=True, description="Leave out what the user is known to have chosen.")
    exclude: Ids = Field(default=[], description="Items to leave out.")
    filter: dict[FreeText, Id | Ids | Bounds] = Field(
        default={},
        max_length=32,
        description="What the items' columns have to be: a value, one of several, or within bounds. Only columns that "
        "say the same of an item in all its rows can be filtered by.",
    )


class SimilarQuery(Query):
    """Which item, and how many others."""

    item: str = Field(min_length=1, max_length=10_000, description="The item.")
    limit: int = Field(default=10, ge=1, le=MAX_LIMIT, description="The maximum number of items.")


@routes.post(
    "/v1/models/{ref}/recommend",
    scope="predict",
    summary="Recommend",
    problems=("not-found", "not-for-task"),
    example={"liked": ["The Amber Dragon", "The Last Oracle"], "limit": 3},
)
def recommend(context: Context, ref: str, body: RecommendRequest) -> RecommendationsResponse:
    """The best items for a `user`, or for somebody who `liked` some, each with why: the nearest things chosen.

    The score is the rating that is expected, or how probable it is that the item is chosen. An unknown user, and an
    unknown item, are answered with a warning. A new item of the table, which nobody chose yet, is scored by its
    columns, and somebody who chose nothing yet by `user_columns`.
    """
    resolved, recommender = load_recommender(context, ref)
    warnings: list[str] = []
    if (body.user is not None and body.liked is not None) or (body.user is body.liked and not body.user_columns):
        detail = "must name either a user, or what somebody liked, or else the columns of a user"
        raise invalid_fields([FieldError(pointer="#", detail=detail, code="one_of")])
    told = "this goes by the columns alone" if body.user_columns else "this is what most like"
    if body.user is not None:
        history = recommender.find_history(_name(body.user))
        if history is None:
            warnings.append(f"'{shorten(_name(body.user))}' is no user of the training rows: {told}.")
            history = recommender.fold_in(())
        elif not len(history[0]):
            warnings.append(f"Nothing is kept of what '{shorten(_name(body.user))}' chose: {told}.")
    elif body.liked is None:
        history = recommender.fold_in(())
    else:
        liked = [_name(each.item if isinstance(each, RatedItem) else each) for each in body.liked or ()]
        history = _apply_ratings(recommender, recommender.fold_in(liked), body.liked or (), warnings)
        warnings += _list_unknown(recommender, liked)
        if not len(history[0]):
            warnings.append(f"None of these items is known: {told}.")
    columns = {name: _name(cell) for name, cell in body.user_columns.items()}
    _check_columns(recommender, columns)
    excluded = [_name(each) for each in body.exclude]
    warnings += _list_unknown(recommender, excluded)
    filters = {name: _read_filter(wanted) for name, wanted in body.filter.items()}
    try:
        found = recommender.recommend(
            *history,
            limit=body.limit,
            excluded=excluded,
            exclude_seen=body.exclude_seen,
            filters=filters,
            columns=columns,
        )
        warnings += _list_unknown_values(recommender, filters)
    except UnusableColumn as fault:
        detail = f"{fault.detail} {fault.advice}"
        raise invalid_fields([FieldError(pointer="#/filter", detail=detail, code="unusable_column")]) from fault
    return RecommendationsResponse(
        **describe_model(resolved),
        items=[
            RecommendedItem(item=each.item, score=each.score, reasons=_list_reasons(each.reasons)) for each in found
        ],
        warnings=warnings[:MAX_WARNINGS],
    )


@routes.get(
    "/v1/models/{ref}/similar",
    scope="read",
    other_scope="predict",
    summary="Similar items",
    problems=("not-found", "not-for-task"),
)
def similar(context: Context, ref: str, query: SimilarQuery) -> SimilarItemsResponse:
    """The items that are most like another one: those that the same users like, by the cosine of their vectors."""
    resolved, recommender = load_recommender(context, ref)
    found = recommender.find_similar(query.item, query.limit)
    if found is None:
        suggestion = NameIndex(recommender.catalogue.items).suggest(query.item)
        detail = f"is no item of the training rows: '{shorten(query.item)}'"
        error = FieldError(
            pointer="?item", detail=detail, code="unknown_item", given=shorten(query.item), suggestion=suggestion
        )
        raise invalid_fields([error])
    return SimilarItemsResponse(**describe_model(resolved), item=query.item, items=_list_reasons(found))


def load_recommender(context: Context, ref: str) -> tuple[ResolvedModel, Recommender]:
    """The model that a reference resolves to now.

    Raises:
        NotFound: there is none.
        NotForTask: it is of another task.
    """
    resolved, model = load_model(context, ref)
    if model.recommender is None:
        raise NotForTask(
            f"{resolved.name}:{resolved.version} is a model of {model.task}, "
            f"which predicts {quote_names(model.targets)} of a row.",
            "Train one with task recommendation, or use predict.",
        )
    return resolved, model.recommender


class _About(TypedDict):
    model_id: str
    name: str
    version: int


def describe_model(resolved: ResolvedModel) -> _About:
    """The fields of a response that say which model answers."""
    return {"model_id": resolved.id, "name": resolved.name, "version": resolved.version}


def _name(value: float | str) -> str:
    """The name of a user or item that may be written as a number."""
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if float(value).is_integer() else repr(value)


def _apply_ratings(
    recommender: Recommender,
    history: tuple[NDArray[np.int32], NDArray[np.float32]],
    liked: Sequence[str | float | RatedItem],
    warnings: list[str],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """What is liked with the ratings that were given."""
    given = {_name(each.item): each.rating for each in liked if isinstance(each, RatedItem)}
    catalogue, (items, ratings) = recommender.catalogue, history
    if given and not catalogue.rated:
        warnings.append("Ratings are not used: the model learned from choices.")
        return history
    numbers: list[int] = items.tolist()
    names = [catalogue.items[number] for number in numbers]
    rated = [given.get(name, rating) for name, rating in zip(names, ratings.tolist(), strict=True)]
    return items, np.clip(np.array(rated, np.float64), catalogue.minimum, catalogue.maximum).astype(np.float32)


def _check_columns(recommender: Recommender, columns: dict[str, str]) -> None:
    """Refuse columns that users do not have."""
    try:
        if columns:
            recommender.encoder.features.encode(columns)
    except UnusableColumn as fault:
        detail = f"{fault.detail} {fault.advice}"
        raise invalid_fields([FieldError(pointer="#/user_columns", detail=detail, code="unusable_column")]) from fault


def _list_unknown(recommender: Recommender, names: list[str]) -> list[str]:
    unknown = (name for name in names if name not in recommender.catalogue.numbers)
    return [f"'{shorten(name)}' is no item of the training rows." for name in islice(unknown, MAX_WARNINGS)]


def _list_unknown_values(recommender: Recommender, filters: dict[str, ItemFilter]) -> list[str]:
    """Warnings of words to filter by that no item has; what was likely meant is looked for in one column."""
    warnings: list[str] = []
    for name, wanted in filters.items():
        column = recommender.catalogue.find_property(name)
        if column is None or not column.categories:
            continue
        unknown = (value for each in wanted.values or () if (value := str(each)) not in column.categories)
        known = NameIndex(() if warnings else column.categories)
        for value in islice(unknown, MAX_WARNINGS - len(warnings)):
            near = known.suggest(value)
            hint = f" Did you mean '{shorten(near)}'?" if near else ""
            warnings.append(f"No item has '{shorten(value)}' as '{shorten(name)}'.{hint}")
    return warnings


def _read_filter(wanted: Id | list[Id] | Bounds) -> ItemFilter:
    if isinstance(wanted, Bounds):
        return ItemFilter(minimum=wanted.minimum, maximum=wanted.maximum)
    values = wanted if isinstance(wanted, list) else [wanted]
    return ItemFilter(values=tuple([_name(value) for value in values]))


def _list_reasons(reasons: Sequence[Reason]) -> list[RecommendationReason]:
    return [RecommendationReason(item=item, similarity=similarity) for item, similarity in reasons]
