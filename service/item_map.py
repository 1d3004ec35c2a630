"""A map of items as a part of a response, for a model and for a net in training."""

from typing import Final, TypedDict

import numpy as np
from pydantic import Field

from contract.responses import MappedItem
from learning.recommendation.projection import project_items
from learning.recommendation.recommender import Recommender
from service.http.pagination import Query

MAX_MAPPED_ITEMS: Final = 500


class ItemMapQuery(Query):
    """The size of a map."""

    limit: int = Field(
        default=MAX_MAPPED_ITEMS, ge=2, le=MAX_MAPPED_ITEMS, description="At most so many items: those of most rows."
    )


class ItemMapFields(TypedDict):
    """The fields of a map."""

    items: list[MappedItem]
    total: int
    explained_share: float


def map_items(recommender: Recommender, limit: int) -> ItemMapFields:
    """The items of most training rows on a map."""
    catalogue = recommender.catalogue
    with np.errstate(all="ignore"):
        vectors = recommender.item_vectors
    found = project_items(vectors, catalogue.item_counts, limit)
    numbers: list[int] = found.numbers.tolist()
    counts: list[int] = catalogue.item_counts[numbers].tolist()
    positions: list[list[float]] = found.positions.tolist()
    return {
        "items": [
            MappedItem(item=catalogue.items[number], rows=rows, x=round(x, 5), y=round(y, 5))
            for number, rows, (x, y) in zip(numbers, counts, positions, strict=True)
        ],
        "total": len(catalogue),
        "explained_share": found.explained_share,
    }
