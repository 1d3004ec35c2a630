"""Responses of models that recommend."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ResponseModel


class RecommendationReason(ResponseModel):
    """An item, and how much it is like another, from 0 to 1."""

    item: str
    similarity: float


class RecommendedItem(ResponseModel):
    """An item, its expected rating or the probability that it is chosen, and the nearest things chosen."""

    item: str
    score: float
    reasons: list[RecommendationReason]


class RecommendationsResponse(ResponseModel):
    """Items for somebody, the best first."""

    object: Literal["recommendations"] = "recommendations"
    model_id: str
    name: str
    version: int
    items: list[RecommendedItem]
    warnings: list[str] = Field(description="Users and items that training never saw.")


class SimilarItemsResponse(ResponseModel):
    """Items that are like another one, the most similar first."""

    object: Literal["similar_items"] = "similar_items"
    model_id: str
    name: str
    version: int
    item: str
    items: list[RecommendationReason]


class MappedItem(ResponseModel):
    """An item on a map."""

    item: str
    rows: int = Field(description="The training rows that have it.")
    x: float
    y: float
    value: str | None = Field(default=None, description="What stands in the column that was asked for.")


class ItemMap(ResponseModel):
    """Items on the plane in which their vectors, each of length 1, differ most: the two principal components."""

    items: list[MappedItem] = Field(description="Those of most training rows first.")
    total: int = Field(description="How many items there are.")
    columns: list[str] = Field(description="The columns of items that can be asked for: those of few categories.")
    explained_share: float = Field(description="The share of the variance of these vectors that the plane has.")


class ModelItemMapResponse(ItemMap):
    """The items of a model on a map."""

    object: Literal["model_item_map"] = "model_item_map"
    model_id: str
    name: str
    version: int


class JobItemMapResponse(ItemMap):
    """The items of a job's net after an epoch on a map."""

    object: Literal["job_item_map"] = "job_item_map"
    job_id: str
    epoch: int = Field(description="0 stands for the weights that it began with.")
    kept_epochs: list[int]


class NameRows(ResponseModel):
    """A user or an item."""

    name: str
    rows: int = Field(description="An item's training rows; of a user what the model keeps.")


class ItemColumn(ResponseModel):
    """A column that says the same of an item, or of a user, in all rows: what recommendations can be filtered by."""

    name: str
    type: Literal["categorical", "numeric"]
    categories: list[str] | None = Field(description="Its values; null if there are none, or more than 200.")
    minimum: float | None = Field(description="Of numbers.")
    maximum: float | None


class RatingRange(ResponseModel):
    """The least and the greatest rating of the training rows."""

    minimum: float
    maximum: float


class ItemsResponse(ResponseModel):
    """Items of a model that recommends, those of most training rows first."""

    object: Literal["list"] = "list"
    data: list[NameRows]
    has_more: bool
    total: int = Field(description="How many items there are.")
    columns: list[ItemColumn]
    user_columns: list[ItemColumn] = Field(
        description="Columns that say the same of a user in all rows, by which somebody new is told what to choose."
    )
    ratings: RatingRange | None = Field(description="The range of the ratings; null where rows are choices.")


class UsersResponse(ResponseModel):
    """Users of a model that recommends, those of most rows first."""

    object: Literal["list"] = "list"
    data: list[NameRows]
    has_more: bool
    total: int = Field(description="How many users there are.")


class RecommendationErrorResponse(ResponseModel):
    """A held-out entry that the net did not expect."""

    user: str
    item: str
    user_rows: int = Field(description="What was known of the user, in rows.")
    item_rows: int = Field(description="The training rows that have the item.")
    rating: float | None = Field(description="Null where rows are choices.")
    predicted: float | None
    rank: int | None = Field(description="The place of the choice among the items that the user had not seen, from 1.")
    ranked: int | None = Field(description="How many these are; null where rows are ratings.")
    first: list[str] = Field(description="What was ranked first in place of a choice.")


class RecommendationErrorsResponse(ResponseModel):
    """The held-out ratings that are furthest off, or the choices that were ranked last, the worst first."""

    object: Literal["list"] = "list"
    data: list[RecommendationErrorResponse]
    has_more: bool
    measured: int = Field(description="The number of held-out entries among which they are.")
