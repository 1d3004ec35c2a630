"""A map of items as a part of a response, for a model and for a net in training."""

from typing import Final, TypedDict

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from contract.responses import FieldError, MappedItem
from learning.recommendation.catalogue import Catalogue
from learning.recommendation.projection import project_items
from learning.recommendation.properties import Property
from learning.recommendation.recommender import Recommender
from learning.spelling import suggest_name
from service.http.pagination import Query
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields

MAX_MAPPED_ITEMS: Final = 500
MAX_CATEGORIES: Final = 50


class ItemMapQuery(Query):
    """The size of a map."""

    limit: int = Field(
        default=MAX_MAPPED_ITEMS, ge=2, le=MAX_MAPPED_ITEMS, description="At most so many items: those of most rows."
    )
    column: str | None = Field(
        default=None, max_length=10_000, description="A column that says the same of an item in all its rows."
    )


class ItemMapFields(TypedDict):
    """The fields of a map."""

    items: list[MappedItem]
    total: int
    columns: list[str]
    explained_share: float


def map_items(recommender: Recommender, query: ItemMapQuery) -> ItemMapFields:
    """The items of most training rows on a map.

    Raises:
        ProblemError: items have no such column.
    """
    catalogue = recommender.catalogue
    with np.errstate(all="ignore"):
        found = project_items(recommender.find_vectors, catalogue.item_counts, query.limit)
    numbers: list[int] = found.numbers.tolist()
    counts: list[int] = catalogue.item_counts[numbers].tolist()
    positions: list[list[float]] = found.positions.tolist()
    values = _read_column(catalogue, query.column, found.numbers)
    return {
        "items": [
            MappedItem(item=catalogue.items[number], rows=rows, x=round(x, 5), y=round(y, 5), value=value)
            for number, rows, (x, y), value in zip(numbers, counts, positions, values, strict=True)
        ],
        "total": len(catalogue),
        "columns": list(_list_columns(catalogue)),
        "explained_share": found.explained_share,
    }


def _list_columns(catalogue: Catalogue) -> dict[str, Property]:
    """The columns of few categories, by name."""
    return {each.name: each for each in catalogue.properties if 0 < len(each.categories) <= MAX_CATEGORIES}


def _read_column(catalogue: Catalogue, name: str | None, numbers: NDArray[np.intp]) -> list[str | None]:
    """What stands in a column of these items."""
    if name is None:
        return [None] * len(numbers)
    columns = _list_columns(catalogue)
    if name not in columns:
        detail = "is no column of few categories that says the same of an item in all its rows"
        suggestion = suggest_name(name, columns)
        raise invalid_fields(
            [
                FieldError(
                    pointer="?column", detail=detail, code="unknown_column", given=shorten(name), suggestion=suggestion
                )
            ]
        )
    categories = (*columns[name].categories, None)
    codes: list[int] = columns[name].read(len(catalogue))[numbers].astype(np.intp).tolist()
    return [categories[code] for code in codes]
